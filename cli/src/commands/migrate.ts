import { resolve } from 'node:path';
import { Failure, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';

/** Makes the tables of a shared ledger, or brings them up to date. */
export const migrate: Run = async (call) => {
  const { io } = call;
  const { migrateLedger, StartFailure } = await import('@countersign/server');
  const path = resolve(io.cwd, call.text('config') ?? 'countersign.yaml');
  const isDryRun = call.has('dry-run');
  try {
    const { from, to, schema, sql } = await migrateLedger({ path, env: io.env }, { isDryRun });
    if (call.has('json')) io.out(`${JSON.stringify({ schema, from, to, isDryRun, sql })}\n`);
    else if (from === to) io.out(`\`${schema}\` is up to date (version ${to})\n`);
    else if (isDryRun) io.out(`-- \`${schema}\` would go from version ${from} to ${to}\n${sql}\n`);
    else io.out(`\`${schema}\` went from version ${from} to ${to}\n`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    const { code, message, hint, lines } = error;
    throw new Failure(code, [message, ...lines].join('\n  '), { hint });
  }
};
