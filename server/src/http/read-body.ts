import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { check, type Bodies, type Route } from '@countersign/api';
import { parseJson, type Json } from '@countersign/core';
import type { Reply } from './exchange.ts';
import { refuse } from './refuse.ts';

/** How much beyond the limit is read and dropped, so that an honest client gets its answer instead of a reset. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

type Read = Uint8Array | 'too-large' | 'far-too-large' | 'gone';

/** Reads a body, counting while it arrives: what is over the limit is never held. */
export function readBytes(request: IncomingMessage, limit: number): Promise<Read> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit + DISCARDED_BYTES) resolve('far-too-large');
    });
    request.on('end', () => {
      const [only] = chunks;
      if (size > limit) resolve('too-large');
      else resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
    request.on('close', () => resolve('gone'));
    request.on('error', () => resolve('gone'));
  });
}

const JSON_TYPE = /^application\/json[\t ]*(?:;[\t ]*charset="?utf-8"?[\t ]*)?$/i;

type Here = { readonly requestId: string };
type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; reply: Reply };
const no = (reply: Reply): Checked => ({ ok: false, reply });

/** The body of a request as its route types it: strict JSON, then the schema; or the answer that says what is wrong. */
export async function readBody(
  request: IncomingMessage,
  { body: schema }: Route & { readonly body: NonNullable<Route['body']> },
  limit: number,
  here: Here,
): Promise<Checked> {
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  const isJson = type === 'application/json' || JSON_TYPE.test(type);
  const bytes = await readBytes(request, limit);
  if (typeof bytes === 'string') return no(whatIsWrong(bytes, limit, here));
  if (!isJson || encoding !== undefined) return no(refuse(here, 'unsupported-media-type'));
  // ATTACKER: ill-formed UTF-8 would be replaced silently, and what is judged would not be what was sent
  if (!isUtf8(bytes))
    return no(refuse(here, 'invalid-json', { path: '$', detail: 'the body is not UTF-8' }));
  const parsed = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  if (!parsed.ok) {
    const { path, offset, message } = parsed.error;
    return no(refuse(here, 'invalid-json', { path, offset, detail: message }));
  }
  return fit(schema, parsed.value, here);
}

function fit(schema: NonNullable<Route['body']>, value: Json, here: Here): Checked {
  const checked = check<Bodies[keyof Bodies]>(schema, value);
  return checked.ok ? checked : no(refuse(here, 'invalid-request', checked.error));
}

function whatIsWrong(read: Exclude<Read, Uint8Array>, limit: number, here: Here): Reply {
  if (read === 'gone') return 'taken';
  const detail = `the body is larger than ${limit} bytes`;
  return refuse(here, 'body-too-large', {
    detail,
    headers: read === 'far-too-large' ? ['connection', 'close'] : [],
  });
}
