import { isUtf8 } from 'node:buffer';
import { isSameSecret, parseJson, sha256, type Json } from '@countersign/core';
import {
  errorBody,
  scimRefusal,
  type Connection,
  type ScimReply,
  type ScimRequest,
} from '@countersign/identity';
import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { Reply } from './exchange.ts';
import type { Mount, Visit } from './mounts.ts';
import { readBytes } from './read-body.ts';

const PREFIX = '/scim/v2';
const TYPE = 'application/scim+json';
const JSON_TYPE = /^application\/(?:scim\+)?json[\t ]*(?:;[\t ]*charset="?utf-8"?[\t ]*)?$/i;
const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
/** Ten thousand members of a group, with room. */
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;

export type ScimMountParts = {
  readonly connections: () => Config['scim'];
  readonly scim: (request: ScimRequest) => Promise<ScimReply>;
  readonly isDraining: () => boolean;
  readonly log: Pick<Log, 'info'>;
};

/** Where identity providers tell of people and groups. Its tokens open nothing else, and nothing else opens it. */
export function scimMount(parts: ScimMountParts): Mount {
  async function answer(visit: Visit, connection: Connection): Promise<ScimReply | undefined> {
    const { request, path } = visit;
    const { method = '', headers, url = '' } = request;
    if (parts.isDraining() && method !== 'GET') return failed(503, 'the gateway is stopping');
    const query = queryOf(url);
    if (!query) return failed(400, 'a query parameter is given twice', 'invalidValue');
    const body = await bodyOf(visit);
    if (body === 'gone') return undefined;
    if ('status' in body) return body;
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
    const rest = { ...body, ifMatch, ifNoneMatch, connection };
    return parts.scim({ method, path: path.slice(PREFIX.length), query, ...rest });
  }

  return {
    id: 'scim',
    prefix: `${PREFIX}/`,
    handle: async (visit) => {
      const connection = connectionOf(visit.request.headers.authorization, parts.connections());
      if (!connection)
        return replyOf(failed(401, 'no valid token of a SCIM connection'), [
          'www-authenticate',
          'Bearer',
        ]);
      const done = await answer(visit, connection);
      if (!done) return 'taken';
      const { requestId, request } = visit;
      const { status, code } = done;
      const method = request.method ?? '';
      parts.log.info('scim', { requestId, connection: connection.id, method, status, code });
      return replyOf(done);
    },
  };
}

/** Whose token it is. All are compared, each in the same time, whether or not one was found. */
function connectionOf(
  header: string | undefined,
  connections: Config['scim'],
): Connection | undefined {
  const token = header === undefined ? undefined : BEARER.exec(header)?.[1];
  if (token === undefined) return undefined;
  const digest = sha256(token);
  let found: Connection | undefined;
  for (const { id, provider, match, tokenDigest, previousTokenDigest } of connections) {
    const isNow = isSameSecret(digest, tokenDigest);
    const isBefore = isSameSecret(digest, previousTokenDigest ?? '');
    if (isNow || isBefore) found = { id, provider, match };
  }
  return found;
}

function queryOf(url: string): Readonly<Record<string, string>> | undefined {
  const mark = url.indexOf('?');
  const given = [...new URLSearchParams(mark < 0 ? '' : url.slice(mark))];
  const query = new Map(given);
  return query.size === given.length ? Object.fromEntries(query) : undefined;
}

async function bodyOf({ request }: Visit): Promise<{ readonly body?: Json } | ScimReply | 'gone'> {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers;
  if (request.method === 'GET' || request.method === 'DELETE') return {};
  const bytes = await readBytes(request, MAX_BYTES);
  if (bytes === 'gone') return 'gone';
  if (typeof bytes === 'string') return failed(413, `a body has at most ${MAX_BYTES} bytes`);
  if (type === undefined || !JSON_TYPE.test(type) || encoding !== undefined)
    return failed(415, `send \`content-type: ${TYPE}\` without content encoding`);
  const text = isUtf8(bytes) ? Buffer.from(bytes).toString() : '"\ud800"';
  const parsed = parseJson(text, MAX_DEPTH);
  if (parsed.ok) return { body: parsed.value };
  const { path, message } = parsed.error;
  return failed(400, `no acceptable JSON in UTF-8: ${message} at ${path}`, 'invalidSyntax');
}

function failed(status: number, detail: string, scimType?: string): ScimReply {
  const refusal = scimRefusal(status, detail, scimType);
  return { status, body: errorBody(refusal), code: scimType ?? String(status) };
}

function replyOf(
  { status, body, etag, location, allow, code }: ScimReply,
  more: readonly string[] = [],
): Reply {
  return {
    status,
    type: TYPE,
    body: body ? JSON.stringify(body) : '',
    headers: [
      ...more,
      ...(etag === undefined ? [] : ['etag', etag]),
      ...(location === undefined ? [] : ['location', location]),
      ...(allow ? ['allow', allow.join(', ')] : []),
      ...(status === 503 ? ['retry-after', '1'] : []),
    ],
    ...(code === undefined ? {} : { code }),
  };
}
