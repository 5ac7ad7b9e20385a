import { dial, type Address } from './dial.ts';
import { CANCEL_REQUEST, startupPacket } from './packet.ts';

const CONNECT_MS = 10_000;
const LEAVE_MS = 2_000;

/** Asks a server, by a connection of its own, to cancel what runs under this key. Never throws. */
export async function askToCancel(address: Address, key: Buffer): Promise<void> {
  try {
    const { socket } = await dial(address, AbortSignal.timeout(CONNECT_MS));
    const timer = setTimeout(() => socket.destroy(), LEAVE_MS);
    // it answers nothing, and hangs up when it has looked
    const over = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().end(startupPacket(CANCEL_REQUEST, key));
    await over;
    clearTimeout(timer);
  } catch {
    // a server that cannot be reached runs nothing for long, or cannot be told
  }
}
