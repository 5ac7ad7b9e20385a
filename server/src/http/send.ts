import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from './exchange.ts';

/** On every answer: nothing of ours is sniffed, framed, cached or allowed to run anything in a browser. */
export const SECURITY_HEADERS: readonly string[] = [
  'x-content-type-options',
  'nosniff',
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
];
const CSP = 'content-security-policy';
/** For an answer with a policy of its own: two would both be enforced. */
const WITHOUT_CSP: readonly string[] = SECURITY_HEADERS.filter(
  (_, i, all) => all[i] !== CSP && all[i - 1] !== CSP,
);
const NO_STORE: readonly string[] = ['cache-control', 'no-store'];

/** Writes an answer. A header list instead of an object spares node a copy on the hot path. */
export function send(
  { method }: Pick<IncomingMessage, 'method'>,
  response: ServerResponse,
  { status, type, body, headers = [] }: Exclude<Reply, 'taken'>,
  { requestId, isLast }: { readonly requestId: string; readonly isLast: boolean },
): void {
  if (response.destroyed) return;
  // it failed halfway: whoever reads on must hear of it, and only a broken connection can still say so
  if (response.headersSent) return void response.destroy();
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, [
    'content-type',
    type,
    'content-length',
    String(length),
    'x-request-id',
    requestId,
    ...(headers.includes(CSP) ? WITHOUT_CSP : SECURITY_HEADERS),
    ...(headers.includes('cache-control') ? [] : NO_STORE),
    ...headers,
    ...(isLast ? ['connection', 'close'] : []),
  ]);
  response.end(method === 'HEAD' ? undefined : body);
}
