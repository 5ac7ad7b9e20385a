import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { CODES, refusal, type Refusal } from './refusal.ts';

const JSON_TYPE = /^application\/json[\t ]*(?:;[\t ]*charset="?utf-8"?[\t ]*)?$/i;
/** How much beyond the limit is read and dropped, so that an honest client gets its answer instead of a reset. */
const DROPPED_BYTES = 16 * 1024 * 1024;

/** The text of a JSON body, counted while it arrives; or why it is not taken. */
export async function readText(
  request: IncomingMessage,
  limit: number,
): Promise<{ readonly text: string } | Refusal | 'gone'> {
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  const bytes = await readBytes(request, limit);
  if (bytes === 'gone') return bytes;
  if (bytes === 'too-large')
    return refusal(413, CODES.transport, `the body is larger than ${limit} bytes`, {
      headers: ['connection', 'close'],
    });
  if (!JSON_TYPE.test(type) || encoding !== undefined)
    return refusal(415, CODES.transport, 'send `Content-Type: application/json`, not encoded');
  // ATTACKER: ill-formed UTF-8 would be replaced silently, and what is judged would not be what was sent
  return isUtf8(bytes)
    ? { text: bytes.toString() }
    : refusal(400, CODES.parse, 'the body is not UTF-8');
}

function readBytes(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | 'too-large' | 'gone'> {
  return new Promise((resolve) => {
    // it left while its credential was looked at: nothing comes any more that could say so
    if (request.destroyed) return resolve('gone');
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit + DROPPED_BYTES) resolve('too-large');
    });
    request.on('end', () => resolve(size > limit ? 'too-large' : joined(chunks)));
    request.on('close', () => resolve('gone'));
    request.on('error', () => resolve('gone'));
  });
}

/** Most bodies come in one piece, which needs no copy. */
const joined = (chunks: readonly Buffer[]): Buffer => {
  const [one] = chunks;
  return one && chunks.length === 1 ? one : Buffer.concat(chunks);
};
