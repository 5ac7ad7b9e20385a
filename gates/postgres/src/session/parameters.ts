import { readParameterStatus } from '../wire/read-backend.ts';
import { WireFailure } from '../wire/failure.ts';
import type { Line, Session } from './session.ts';
import { FREE_TEXT, PINNED } from './settings.ts';

/** A `ParameterStatus`: ends the connection where something pinned changed, and passes no value that nobody named (row 12). */
export function checkParameter(
  session: Session,
  line: Line,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const { name, value } = readParameterStatus(bytes, start, end);
  if (PINNED.has(name) && line.connection.parameters.get(name) !== value)
    throw new WireFailure('refused', `\`${name}\` changed, which is pinned here`, '42501');
  if (!line.isMain) return;
  const isFree = FREE_TEXT.has(name);
  if (
    isFree &&
    line.connection.parameters.get(name) !== value &&
    !session.named.has(value.toLowerCase())
  )
    return;
  session.down.push(bytes, start, end);
}
