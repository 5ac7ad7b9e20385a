import { lookup, type LookupAddress } from 'node:dns';
import { request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestTls, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { mayReach, type Reach } from './address.ts';

/** Finds the addresses of a name; an argument, so that a test can say where names lead. */
export type LookUp = (
  hostname: string,
  options: { readonly all: true; readonly verbatim: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** What a receiver answered, or why none did. */
export type Reply =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly failed: 'timeout' | 'forbidden-address' | 'network' | 'certificate' };

export type Sending = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type SendParts = {
  readonly reach: Reach;
  readonly timeoutMs?: number;
  readonly lookUp?: LookUp;
};

const TIMEOUT_MS = 10_000;
const MOST_ANSWER_BYTES = 65_536;

class ForbiddenAddress extends Error {
  readonly code = 'forbidden-address';
}

/**
 * Posts once, to an address that was looked at. The connection is made to what the name led to when it was asked here, so
 * it cannot lead elsewhere afterwards; redirects are not followed, proxies not asked. Never throws.
 */
export function send({ url, headers, body }: Sending, parts: SendParts): Promise<Reply> {
  const { reach, timeoutMs = TIMEOUT_MS, lookUp = lookUpAll } = parts;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // an address needs no looking up, so nothing would look at it
  if (isIP(host) !== 0 && !mayReach(host, reach))
    return Promise.resolve({ failed: 'forbidden-address' });
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    lookup: guarded(lookUp, reach),
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve) => {
    const begin = url.protocol === 'https:' ? requestTls : requestPlain;
    const request: ClientRequest = begin(url, options, (response) => {
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
      });
      ignore(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve({ failed: failureOf(error) }));
    request.end(body);
  });
}

const lookUpAll: LookUp = (hostname, options, callback) => lookup(hostname, options, callback);

/** Answers only where every address of a name may be reached: one good one does not excuse the others. */
const guarded =
  (ask: LookUp, reach: Reach): LookupFunction =>
  (hostname, { all }, callback) => {
    ask(hostname, { all: true, verbatim: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error) callback(error, '');
      else if (!first || !addresses.every(({ address }) => mayReach(address, reach)))
        callback(new ForbiddenAddress('the name leads where nothing is sent'), '');
      else if (all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

/** ATTACKER: what a receiver answers is read to its end, so that it is not cut off, but no further than this. */
function ignore(response: IncomingMessage): void {
  let left = MOST_ANSWER_BYTES;
  response.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) response.destroy();
  });
  response.on('error', () => undefined);
}

function failureOf({
  code = '',
  name,
}: NodeJS.ErrnoException): 'timeout' | 'forbidden-address' | 'network' | 'certificate' {
  if (code === 'forbidden-address') return code;
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ETIMEDOUT') return 'timeout';
  return /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)
    ? 'certificate'
    : 'network';
}
