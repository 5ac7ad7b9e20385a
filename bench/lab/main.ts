// npm run lab -- SCENARIO.yaml [--minutes N] [--seed S] [--json]: exit 0 when nothing was violated, 1 when something was, 2 on wrong use.
import { parseArgs } from 'node:util';
import { textOf } from './figures.ts';
import { play } from './run.ts';
import { loadScenario, NotAScenario } from './scenario.ts';
import { lineOf } from './violation.ts';

const USAGE = 'npm run lab -- SCENARIO.yaml [--minutes N] [--seed S] [--json]';
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

function wordsOf() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string', default: String(Date.now()) },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

const { values, positionals } = wordsOf();
const [path] = positionals;
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
if (
  values.help ||
  path === undefined ||
  positionals.length > 1 ||
  (minutes !== undefined && !(minutes > 0))
) {
  complain(USAGE);
  process.exit(values.help ? 0 : 2);
}
try {
  const described = loadScenario(path);
  const scenario = minutes === undefined ? described : { ...described, minutes };
  const say = values.json ? complain : print;
  say(`seed ${values.seed}: the same seed plans the same load and faults`);
  const { figures, faults, violations, folder } = await play(scenario, values.seed, say);
  if (values.json) print(JSON.stringify({ seed: values.seed, faults, violations, figures }));
  else print(textOf(figures));
  for (const violation of violations) complain(lineOf(violation));
  if (violations.length > 0) complain(`logs, journal and ledger are kept in ${folder}`);
  say(`lab: ${figures.actions} actions, ${faults} faults, ${violations.length} violations`);
  process.exit(violations.length > 0 ? 1 : 0);
} catch (error) {
  complain(error instanceof NotAScenario ? error.message : String(error));
  process.exit(error instanceof NotAScenario ? 2 : 1);
}
