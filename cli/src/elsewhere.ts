import type { ActionStatus } from '@countersign/sdk';
import type { Call } from './command.ts';
import { EXIT, exitOf } from './exit.ts';
import type { Gateway } from './gateway.ts';
import { openPage } from './open-browser.ts';
import { statusText } from './status-text.ts';

const LOOK_MS = 1_000;

/**
 * A terminal's token counts as `chat`, whoever types: where policy asks for more, the person decides in their browser,
 * and this command waits until they did, or until it is settled without them.
 */
export async function decideInBrowser(
  { io, has }: Call,
  gateway: Gateway,
  approvalId: string,
): Promise<number> {
  const { id } = await gateway.me();
  io.err('Policy asks for more than a terminal can show. Decide here:\n  ');
  openPage(io, `${gateway.url}/a/${approvalId}`, !has('no-browser'));
  const interrupted: { by?: number } = {};
  const release = io.onInterrupt((exitCode) => (interrupted.by = exitCode));
  try {
    for (;;) {
      if (interrupted.by !== undefined) return interrupted.by;
      const { status, votes } = await gateway.page(approvalId);
      const own = votes.find(({ person }) => person === id);
      if (own) return told({ io, has }, status, EXIT.done);
      if (status.state !== 'pending') return told({ io, has }, status, exitOf(status.state));
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    release();
  }
}

function told(
  { io, has }: Pick<Call, 'io' | 'has'>,
  status: ActionStatus,
  exitCode: number,
): number {
  io.out(has('json') ? `${JSON.stringify(status)}\n` : statusText(io, status));
  return exitCode;
}
