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
  const bytes = arrived(request, limit) ?? (await readBytes(request, limit));
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

type Bytes = Buffer | 'too-large' | 'gone';

/** A body that came together with its head; undefined where more of it may come. */
function arrived(request: IncomingMessage, limit: number): Bytes | undefined {
  if (request.destroyed) return 'gone';
  if (!request.complete) return undefined;
  const bytes = (request.read() as Buffer | null) ?? Buffer.alloc(0);
  return bytes.length > limit ? 'too-large' : bytes;
}

function readBytes(request: IncomingMessage, limit: number): Promise<Bytes> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit + DROPPED_BYTES) resolve('too-large');
    });
    request.on('end', () => resolve(size > limit ? 'too-large' : Buffer.concat(chunks)));
    request.on('close', () => resolve('gone'));
    request.on('error', () => resolve('gone'));
  });
}
