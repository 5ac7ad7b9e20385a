import { readReady } from '../wire/read-backend.ts';
import { WireFailure } from '../wire/failure.ts';
import { tell } from './leave.ts';
import { planIn, type Query } from './outstanding.ts';
import type { Line, Session } from './session.ts';

/** ReadyForQuery: what ran since the last one has its outcome now, and the state of the transaction is known. */
export function ready(
  session: Session,
  line: Line,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const head = line.queue.shift();
  const status = readReady(bytes, start, end);
  if (head?.is === 'query') closeQuery(session, line, head);
  else if (head?.is !== 'sync')
    throw new WireFailure('malformed', 'the database is ready without being asked');
  const { finished } = line;
  if (finished.length > 0) {
    for (const one of finished) tell(one.leave, one.hasFailed ? 'failed' : 'executed', one.summary);
    line.finished = [];
  }
  if (line.isMain) {
    session.status = status;
    if (status === 'I' && session.names.portal.size > 0) dropPortals(session);
    session.down.push(bytes, start, end);
  }
  if (session.catalog === 'changed' && status === 'I') noticeCatalog(session, line);
  line.onReady(status);
}

function closeQuery({ names }: Session, line: Line, head: Query): void {
  if (line.isMain) {
    names.statement.delete('');
    names.portal.delete('');
  }
  if (head.leave)
    line.finished.push({
      leave: head.leave,
      hasFailed: head.hasFailed,
      summary: head.summary.join('; '),
    });
}

/** Portals end with their transaction; cursors may be held, and one that is not is refused by the server. */
function dropPortals({ names }: Session): void {
  for (const [name, portal] of names.portal) {
    if (portal.isCursor) continue;
    tell(portal.leave, 'failed', 'bound and never executed');
    names.portal.delete(name);
  }
}

/** What changed the catalog is committed, or undone: it is read anew before anything else is judged or masked by it. */
function noticeCatalog(session: Session, { queue }: Line): void {
  if (queue.some((entry) => planIn(entry)?.changesCatalog === true)) return;
  session.catalog = 'refreshing';
  void session.mounted.catalog.refresh().finally(() => {
    session.catalog = 'known';
    session.wake();
  });
}
