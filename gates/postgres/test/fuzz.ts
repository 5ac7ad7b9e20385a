// node --conditions=@countersign/source gates/postgres/test/fuzz.ts [MINUTES]: the properties of the suite, again and again.
import fc from 'fast-check';
import { PROPERTIES } from './fuzzing.ts';

const until = Date.now() + Number(process.argv[2] ?? '1') * 60_000;
const RUNS = 20_000;
let runs = 0;
while (Date.now() < until)
  for (const { name, of } of PROPERTIES) {
    const seed = Math.trunc(Math.random() * 0x7f_ff_ff_ff);
    const told = await fc.check(of as fc.IAsyncProperty<unknown[]>, { numRuns: RUNS, seed });
    if (told.failed) {
      process.stderr.write(`${name}\n${fc.defaultReportMessage(told) ?? ''}\n`);
      process.exit(1);
    }
    runs += told.numRuns;
  }
process.stdout.write(`${runs} runs, nothing found\n`);
