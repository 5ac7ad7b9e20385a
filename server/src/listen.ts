import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemCode } from '@countersign/api';
import type { App } from './http/app.ts';
import { refuse } from './http/refuse.ts';
import { SECURITY_HEADERS } from './http/send.ts';

/** A socket that answers. */
export type Listening = {
  readonly port: number;
  /** Takes no more connections. */
  readonly stop: () => void;
  /** Ends those there are; resolves when none is left. */
  readonly close: () => Promise<void>;
};

/** An address as it stands in a URL. */
export const authorityOf = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Listens for the app. Ceilings on time and size hold before anything of ours runs. */
export const listen = (app: Pick<App, 'handle'>, address: Address): Promise<Listening> =>
  open(createServer(CEILINGS, app.handle), address);

type Address = { readonly host: string; readonly port: number };

/** What every listener holds its callers to. */
export const CEILINGS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 30_000, // to receive a request; an answer may take as long as people do
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
};

/** Opens a server at an address. */
export async function open(server: Server, { host, port }: Address): Promise<Listening> {
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const ended = new Promise<void>((resolve) => void server.once('close', resolve));
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: () => stop(server),
    close: async () => {
      stop(server);
      server.closeAllConnections();
      await ended;
    },
  };
}

function stop(server: Server): void {
  if (server.listening) server.close();
  server.closeIdleConnections();
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** What is not HTTP, too large or too slow gets a problem too, and no second request. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const reply = refuse({ requestId: 'none' }, CODES[error.code ?? ''] ?? 'invalid-request', {
    detail: 'the request is not acceptable HTTP/1.1',
  });
  if (reply === 'taken') return void socket.destroy();
  const { status, type, body } = reply;
  const headers = ['content-type', type, ...SECURITY_HEADERS, 'connection', 'close'];
  const lines = headers.flatMap((name, i) =>
    i % 2 === 0 ? [`${name}: ${headers[i + 1] ?? ''}`] : [],
  );
  const length = Buffer.byteLength(body.toString());
  socket.end(
    [`HTTP/1.1 ${status} Refused`, ...lines, `content-length: ${length}`, '', body].join('\r\n'),
  );
}
