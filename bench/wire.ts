import { connect, type Socket } from 'node:net';

/** One kept-alive HTTP/1.1 connection that costs the machine as little as it can: the gateway is what is measured. */
export type Wire = {
  readonly send: (request: string) => Promise<{ readonly status: number; readonly body: string }>;
  readonly close: () => void;
};

/** The text of a request. */
export const requestOf = (method: string, path: string, token: string, body?: string): string =>
  `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n${
    body === undefined
      ? ''
      : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`
  }\r\n${body ?? ''}`;

/** Opens a connection to a port of this machine. */
export async function openWire(port: number): Promise<Wire> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let waiting: ((answer: { status: number; body: string }) => void) | undefined;
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1]);
    if (Number.isNaN(length)) throw new Error(`no length in ${text.slice(0, head)}`);
    if (text.length < head + 4 + length) return;
    const answer = {
      status: Number(text.slice(9, 12)),
      body: text.slice(head + 4, head + 4 + length),
    };
    text = text.slice(head + 4 + length);
    waiting?.(answer);
  });
  return {
    send: (request) =>
      new Promise((resolve) => {
        waiting = resolve;
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}
