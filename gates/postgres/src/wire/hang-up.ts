import { WireFailure } from './failure.ts';
import type { Channel } from './open-channel.ts';
import { writeError } from './write.ts';

/** Tells a client why, and hangs up. */
export function refuse(channel: Channel, cause: unknown): void {
  const failure = cause instanceof WireFailure ? cause : FAILED;
  if (failure.code === 'closed') channel.stream.destroy();
  else hangUp(channel, fatal(failure));
}

/** A `FATAL` of this gate's own. */
export const fatal = ({ sqlState, message: text, hint }: WireFailure): Buffer =>
  writeError({ severity: 'FATAL', code: sqlState, message: text, hint });

const FAILED = new WireFailure('refused', 'the gate failed', 'XX000');
const LINGER_MS = 2_000;

/** Reads on for a while: hanging up on bytes that nobody has read would take the last words back. */
export function hangUp({ stream, intake }: Channel, last: Uint8Array = Buffer.alloc(0)): void {
  intake.release();
  stream.resume().end(last);
  const timer = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once('close', () => clearTimeout(timer));
}
