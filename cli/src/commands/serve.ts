import { resolve } from 'node:path';
import { Failure, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { giveBackSoon } from '../lean.ts';

/** Runs the gateway until it is told to stop, or has to. */
export const serve: Run = async (call) => {
  const { io } = call;
  const { serve: start, describeFailure, StartFailure } = await import('@countersign/server');
  const configPath = resolve(io.cwd, call.text('config') ?? 'countersign.yaml');
  try {
    const gateway = await start({ configPath, env: io.env, write: io.out });
    giveBackSoon();
    if (io.isTty.err) io.err(`listening on ${gateway.url}; Ctrl-C stops it\n`);
    const release = io.onInterrupt(() => void gateway.stop());
    const failure = await gateway.ended;
    release();
    if (!failure) return EXIT.done;
    throw new Failure(failure.code, failure.message);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    const { code, message, hint, lines } = error;
    if (call.has('json')) io.out(`${JSON.stringify({ error: { code, message, hint, lines } })}\n`);
    else io.err(`${describeFailure(error)}\n`);
    return EXIT.failed;
  }
};
