import { writeCopyFail, writeTerminate } from '../wire/write.ts';
import { tell } from './leave.ts';
import { planIn } from './outstanding.ts';
import type { Line, Session } from './session.ts';

const LOOK_MS = 20;
const MOST_MS = 60_000;

/** The client is gone, or is sent away: withdraws what is held, lets a released write come to its outcome, closes the rest. */
export async function leaveClient(session: Session): Promise<void> {
  const { main, mounted } = session;
  session.hold?.abort();
  for (const line of [session.own, main]) if (line?.copy === 'in') failCopy(line);
  const limit = mounted.settings.statementMs || MOST_MS;
  if (isReadOnly(main) && !isLost(main)) await main.connection.cancel();
  if (isReported(session)) await until(() => main.queue.length === 0 || isLost(main), limit);
  if (!isLost(main)) {
    main.up.push(writeTerminate());
    main.up.flush();
  }
  main.connection.close();
  await until(() => !session.isApart, limit);
}

/** So that nothing half-copied stays. */
function failCopy(line: Line): void {
  line.up.push(writeCopyFail('the client is gone'));
  line.up.flush();
  line.copy = 'none';
}

/**
 * Whether all that runs are reads, which nobody waits for any more. What may write is left to its server: half of it is never
 * stopped by a guess, and closing rolls back what is not committed.
 */
function isReadOnly({ queue }: Line): boolean {
  const plans = queue.flatMap((entry) => planIn(entry) ?? []);
  return (
    plans.length > 0 &&
    plans.every(
      (plan) =>
        !plan.writes && !plan.hasTx && !plan.hasNames && !plan.isOpaque && !plan.changesCatalog,
    )
  );
}

const isLost = (line: Line): boolean => line.connection.socket.destroyed;

/**
 * Whether the outcome of a released action is still to come on the client's own connection. Within a transaction that the
 * client began it is known already: closing rolls it back, unless it was being ended.
 */
function isReported({ main, status }: Session): boolean {
  const runs = main.queue.flatMap((entry) =>
    entry.is === 'query'
      ? (entry.leave ?? [])
      : entry.is === 'execute' || entry.is === 'bind'
        ? entry.portal.leave
        : [],
  );
  if (!runs.some(({ run, isTold }) => run !== undefined && !isTold)) return false;
  if (status === 'I' || main.queue.some((entry) => planIn(entry)?.hasTx)) return true;
  for (const leave of runs) tell(leave, 'failed', 'rolled back: the client is gone');
  return false;
}

async function until(is: () => boolean, ms: number): Promise<void> {
  for (let left = ms; left > 0 && !is(); left -= LOOK_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
