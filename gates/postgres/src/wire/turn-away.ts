import type { Peer } from '../peer.ts';
import { writeError } from './write.ts';

/** Ends the connection of a client that may not come in now, and says why. */
export function turnAway({ socket }: Peer, code: string, message: string): void {
  socket.end(writeError({ severity: 'FATAL', code, message }));
}
