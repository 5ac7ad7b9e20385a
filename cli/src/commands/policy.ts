import { resolve } from 'node:path';
import { loadPolicyFolder, runPolicyTests, type Problem } from '@countersign/policy';
import type { Call, Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { plain, styleOf } from '../text.ts';

const folderOf = ({ io, words }: Call): string => resolve(io.cwd, words[0] ?? 'policies');

/** Loads a policy folder as strictly as the gateway does. */
export const check: Run = async (call) => {
  const loaded = await loadPolicyFolder(folderOf(call));
  if (!loaded.ok) return refused(call, loaded.error);
  const { digest, policies, gitCommit } = loaded.value;
  const kinds = Object.entries(Object.groupBy(policies, ({ kind }) => kind)).map(
    ([kind, members]) => `${members.length} ${kind}`,
  );
  if (call.has('json'))
    call.io.out(`${JSON.stringify({ ok: true, digest, gitCommit, policies: policies.length })}\n`);
  else
    call.io.out(
      `${policies.length} policies in order (${kinds.join(', ')})\n  digest ${digest}${gitCommit === undefined ? '' : `\n  commit ${gitCommit}`}\n`,
    );
  return EXIT.done;
};

/** Runs the tests of a policy folder. */
export const test: Run = async (call) => {
  const { io } = call;
  const ran = await runPolicyTests(folderOf(call));
  if (!ran.ok) return refused(call, ran.error);
  const { tests, unmatched } = ran.value;
  const failed = tests.filter(({ failures }) => failures.length > 0);
  if (call.has('json'))
    io.out(`${JSON.stringify({ ok: failed.length === 0, tests, unmatched })}\n`);
  else {
    const { red } = styleOf(io);
    for (const { file, name, failures } of failed)
      io.out(
        `${red('failed')} ${plain(`${file}: ${name}`)}\n${failures.map((line) => `    ${plain(line)}\n`).join('')}`,
      );
    io.out(`${tests.length - failed.length} of ${tests.length} tests passed\n`);
    if (unmatched.length > 0) io.out(`no test meets: ${unmatched.map(plain).join(', ')}\n`);
  }
  return failed.length === 0 && tests.length > 0 ? EXIT.done : EXIT.failed;
};

function refused({ io, has }: Call, problems: readonly Problem[]): number {
  if (has('json')) io.out(`${JSON.stringify({ ok: false, problems })}\n`);
  else
    for (const { file, line, column, code, message, hint } of problems)
      io.err(`${plain(`${file}:${line}:${column} ${code}: ${message}`)}\n    ${plain(hint)}\n`);
  return EXIT.failed;
}
