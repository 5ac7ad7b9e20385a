import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Limits } from './limits.ts';

/** How a request over HTTP began: a response that is still to be read, or why there is none, and whether anything was sent. */
type Begun =
  | { readonly is: 'response'; readonly response: IncomingMessage; readonly end: () => void }
  | { readonly is: 'failed'; readonly wasSent: boolean; readonly why: string };

/** One HTTP request. */
type Ask = {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for the head of the response. */
  readonly headMs: number;
  /** Whether it does no harm twice: then a connection that was closed under it is replaced once. */
  readonly isRepeatable?: boolean;
  /** A stream that is meant to last is not counted among the requests under way. */
  readonly isLong?: boolean;
};

/** Connections to one server. */
export type Wire = { readonly begin: (ask: Ask) => Promise<Begun>; readonly close: () => void };

// below the 5 s after which common servers close an idle connection, so that a call does not meet a closing one
const FREE_SOCKET_MS = 4_000;

/** Keeps connections to `url` alive and sends requests over them. Redirects are not followed: no other host sees our credentials. */
export function createWire(
  url: URL,
  { connectMs, inFlight, ca }: Pick<Limits, 'connectMs' | 'inFlight'> & { readonly ca?: string },
): Wire {
  const isTls = url.protocol === 'https:';
  const options = { keepAlive: true, timeout: FREE_SOCKET_MS, maxFreeSockets: 64 };
  const agent = isTls
    ? new https.Agent({ ...options, ...(ca === undefined ? {} : { ca }) })
    : new http.Agent(options);
  const { request } = isTls ? https : http;
  const target = {
    agent,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    path: `${url.pathname}${url.search}`,
  };

  const once = (ask: Ask): Promise<Begun & { readonly isStale?: boolean }> =>
    new Promise((done) => {
      let [isConnected, why] = [false, ''];
      const headers: Record<string, string | number> = { ...ask.headers };
      if (ask.body !== undefined) headers['content-length'] = Buffer.byteLength(ask.body);
      const sent = request({ ...target, method: ask.method, headers });
      const stop = (reason: string): void => {
        why ||= reason;
        sent.destroy();
      };
      const abort = (): void => stop('cancelled');
      const silence = (): void => stop('the server sent nothing in time');
      let timer = setTimeout(() => stop('no connection in time'), connectMs);
      const connected = (): void => {
        isConnected = true;
        clearTimeout(timer);
        timer = setTimeout(silence, ask.headMs);
      };
      sent.once('socket', (socket) => {
        if (socket.connecting) socket.once(isTls ? 'secureConnect' : 'connect', connected);
        else connected();
      });
      const settle = (begun: Begun & { readonly isStale?: boolean }): void => {
        clearTimeout(timer);
        ask.signal?.removeEventListener('abort', abort);
        done(begun);
      };
      sent.once('response', (response) =>
        settle({ is: 'response', response, end: () => sent.destroy() }),
      );
      sent.on('error', (error: NodeJS.ErrnoException) =>
        settle({
          is: 'failed',
          wasSent: isConnected,
          why: why || inWords(error, isConnected),
          isStale: sent.reusedSocket && why === '',
        }),
      );
      ask.signal?.addEventListener('abort', abort, { once: true });
      sent.end(ask.body);
    });

  let underWay = 0;
  return {
    begin: async (ask) => {
      if (ask.signal?.aborted === true) return { is: 'failed', wasSent: false, why: 'cancelled' };
      if (underWay >= inFlight)
        return { is: 'failed', wasSent: false, why: 'too many requests are under way' };
      const weight = ask.isLong === true ? 0 : 1;
      underWay += weight;
      let begun = await once(ask);
      if (begun.isStale === true && ask.isRepeatable === true) begun = await once(ask);
      if (begun.is === 'response') begun.response.once('close', () => (underWay -= weight));
      else underWay -= weight;
      return begun;
    },
    close: () => agent.destroy(),
  };
}

/** Our own words for what went wrong: error texts of a system name hosts and addresses. */
function inWords({ code = '' }: NodeJS.ErrnoException, isConnected: boolean): string {
  if (code === 'ECONNREFUSED') return 'the server refuses connections';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name of the server is not known';
  if (code.startsWith('CERT_') || code.startsWith('ERR_TLS') || /SELF_SIGNED|UNABLE_TO/.test(code))
    return 'the certificate of the server is not trusted';
  if (code.startsWith('HPE_')) return 'the server does not speak HTTP';
  return isConnected ? 'the server closed the connection' : 'the server cannot be reached';
}
