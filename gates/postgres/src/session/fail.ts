import { tell } from './leave.ts';
import type { Entry } from './outstanding.ts';
import type { Line, Session } from './session.ts';

/** What an ErrorResponse means for what is outstanding: a Query fails by itself, anything else takes all to the next Sync along. */
export function failHead(session: Session, line: Line): void {
  const { queue } = line;
  line.copy = 'none';
  line.hasFailed = true;
  const head = queue[0];
  if (!head) return;
  if (head.is === 'query') {
    head.hasFailed = true;
    return;
  }
  undo(session, line);
  if (head.is === 'sync') return;
  // the server has dropped the statement without a name before it read the text of the new one
  if (head.is === 'parse' && head.name === '' && line.isMain) session.names.statement.delete('');
  skip(session, line);
}

/** The server skips to Sync: to the one that is on its way, or to the one that is still to come. */
function skip(session: Session, line: Line): void {
  const { queue } = line;
  let dropped: Entry | undefined;
  while ((dropped = queue[0]) && dropped.is !== 'sync') {
    abandon(dropped);
    queue.shift();
  }
  if (queue.length === 0 && line.isMain) session.isSkipping = true;
}

/** Of one implicit transaction nothing stays. What ran in a client's own block is left for it to commit or not. */
function undo(session: Session, line: Line): void {
  if (line.isMain && session.status !== 'I') return;
  line.finished = line.finished.map((one) => ({
    ...one,
    hasFailed: true,
    summary: `${one.summary}; rolled back`,
  }));
}

function abandon(entry: Entry): void {
  if (entry.is === 'bind' || entry.is === 'execute')
    tell(entry.portal.leave, 'failed', 'not executed: refused by the database');
}
