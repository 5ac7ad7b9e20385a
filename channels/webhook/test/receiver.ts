import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
} from 'node:net';
import { Webhook } from 'standardwebhooks';

/** What arrived, after the library of the standard found it in order. */
export type Message = {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly payload: { readonly type: string; readonly timestamp: string; readonly data: never };
};

/** A receiver that believes nothing unsigned and passes over what it has seen, as the standard asks. */
export type Receiver = {
  readonly url: string;
  readonly messages: Message[];
  /** Requests that arrived at all. */
  readonly count: () => number;
  readonly answerWith: (answer: ((response: ServerResponse) => void) | undefined) => void;
  readonly stop: () => Promise<void>;
};

export const SECRET: string = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const accept = (response: ServerResponse): void => void response.writeHead(204).end();

/** Starts one on loopback. */
export async function startReceiver(): Promise<Receiver> {
  const messages: Message[] = [];
  let count = 0;
  let answer: ((response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    count++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (answer) return answer(response);
      const body = Buffer.concat(chunks).toString();
      const headers = request.headers as Record<string, string>;
      try {
        if (request.method !== 'POST') throw new TypeError('not posted');
        const payload = new Webhook(SECRET).verify(body, headers) as Message['payload'];
        const id = headers['webhook-id'] ?? '';
        if (!messages.some((one) => one.id === id))
          messages.push({ id, headers: request.headers, body, payload });
      } catch (error) {
        return void response.writeHead(401).end(String(error));
      }
      return accept(response);
    });
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    messages,
    count: () => count,
    answerWith: (next) => (answer = next),
    stop: () => closed(server),
  };
}

/** Listens on a free port of loopback. */
const listening = (server: Server | TcpServer): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

/** Stops, whoever is still connected. */
const closed = (server: Server | TcpServer): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });

/** A port that nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listening(server);
  await closed(server);
  return port;
}
