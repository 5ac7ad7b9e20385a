import { WireFailure } from './failure.ts';
import type { Intake } from './intake.ts';
import { atEnd, readInt32, readText, type Cursor } from './reader.ts';

export const SSL_REQUEST = 80_877_103;
export const GSS_REQUEST = 80_877_104;
export const CANCEL_REQUEST = 80_877_102;
export const VERSION_3_0 = 196_608;

/** A packet without a type, the first of a connection. */
export type Packet = { readonly code: number; readonly body: Cursor };

const LEAST = 8;
const MOST = 10_000;

/** Reads one. Its length is refused before any of it is kept. */
export async function readPacket(intake: Intake): Promise<Packet> {
  const size = (await intake.bytes(4)).readUInt32BE(0);
  if (size < LEAST || size > MOST)
    throw new WireFailure('length', 'invalid length of startup packet');
  const bytes = await intake.bytes(size - 4);
  const body: Cursor = { bytes, at: 0, end: bytes.length };
  return { code: readInt32(body), body };
}

/** Names and values of a startup message, each name once, names as they came. */
export function readParameters(body: Cursor): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (let name = readText(body); name !== ''; name = readText(body)) {
    if (parameters.has(name)) throw new WireFailure('malformed', 'a parameter comes twice');
    parameters.set(name, readText(body));
  }
  return atEnd(body, parameters);
}

/** A packet without a type. */
export function startupPacket(code: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const packet = Buffer.alloc(8 + body.length);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(code, 4);
  packet.set(body, 8);
  return packet;
}

/** A startup message with these parameters. */
export const startupMessage = (parameters: ReadonlyMap<string, string>): Buffer =>
  startupPacket(
    VERSION_3_0,
    Buffer.from([...parameters].map(([name, value]) => `${name}\0${value}\0`).join('') + '\0'),
  );
