import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createMemory, type Deferred } from '@countersign/gate-hook/client';
import { createClient } from '@countersign/sdk';
import { Failure, type Call, type Run } from '../command.ts';
import { identityOf, ownFolder } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { waitShown } from '../waiting.ts';
import { durationOf } from './act.ts';

/** Waits until people have answered what a headless call asked, then lets Claude Code ask again: its hook finds the answer. */
export const resume: Run = async (call) => {
  const { io } = call;
  const memory = createMemory(join(ownFolder(io), 'hook'));
  const deferred = pick(call, memory.deferred());
  const client = createClient(identityOf(call, 'agent'));
  const timeoutMs = durationOf(call, 'timeout');
  const { status, interruptedBy } = await waitShown(
    io,
    client,
    await client.status(deferred.actionId),
    timeoutMs === undefined ? {} : { timeoutMs },
  );
  if (interruptedBy !== undefined) return interruptedBy;
  if (status.state === 'pending') {
    io.err(`countersign: still pending ${deferred.approvalId ?? deferred.actionId}\n`);
    return EXIT.undecided;
  }
  memory.resumed(deferred.session);
  return start(call, deferred);
};

function pick({ words: [session] }: Call, all: readonly Deferred[]): Deferred {
  const found = session === undefined ? all[0] : all.find((one) => one.session === session);
  if (found) return found;
  throw new Failure(
    'nothing-deferred',
    session === undefined ? 'no call waits to be resumed' : `no call of \`${session}\` waits`,
    { exitCode: EXIT.usage, hint: 'headless calls wait where `hook install --defer` was run' },
  );
}

/** The exit code is that of the host. */
function start({ io, text, list }: Call, { session, cwd }: Deferred): Promise<number> {
  const program = text('program') ?? 'claude';
  const args = ['-p', '--resume', session, ...list('arg')];
  const child = spawn(program, args, { cwd, stdio: 'inherit', env: io.env });
  return new Promise((resolve, reject) => {
    child.once('error', () =>
      reject(
        new Failure('not-started', `\`${program}\` cannot be started`, { exitCode: EXIT.usage }),
      ),
    );
    child.once('close', (code) => resolve(code ?? EXIT.failed));
  });
}
