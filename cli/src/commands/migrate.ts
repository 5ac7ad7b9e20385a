import type { Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { configOf, operate, print } from '../operation.ts';

/** Makes the tables of a shared ledger, or brings them up to date. */
export const migrate: Run = async (call) => {
  const isDryRun = call.has('dry-run');
  const done = await operate(async (server) =>
    server.migrateLedger(await configOf(server, call), { isDryRun }),
  );
  const { from, to, schema, sql } = done;
  const text = isDryRun
    ? `-- \`${schema}\` would go from version ${from} to ${to}\n${sql}\n`
    : `\`${schema}\` went from version ${from} to ${to}\n`;
  print(
    call,
    { ...done, isDryRun },
    from === to ? `\`${schema}\` is up to date (version ${to})\n` : text,
  );
  return EXIT.done;
};
