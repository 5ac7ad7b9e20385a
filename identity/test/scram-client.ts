import { createHmac } from 'node:crypto';

/** `Hi` of RFC 5802, written out: the client's half, without the function the other half uses. */
export function hi(password: string, salt: Uint8Array, iterations: number): Uint8Array {
  const mac = (data: Uint8Array) => createHmac('sha256', password).update(data).digest();
  let last = mac(Buffer.concat([salt, Buffer.from([0, 0, 0, 1])]));
  const out = Uint8Array.from(last);
  for (let i = 1; i < iterations; i++) {
    last = mac(last);
    for (const [j, byte] of last.entries()) out[j] = (out[j] ?? 0) ^ byte;
  }
  return out;
}
