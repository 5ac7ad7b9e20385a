import { createServer, request as ask, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Servers whose address is known only later: `/<name>` goes where `POST /<name>/to` said, byte for byte. */
export type Switchboard = {
  readonly urlOf: (name: string) => string;
  readonly close: () => void;
};

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}

export async function startSwitchboard(): Promise<Switchboard> {
  const targets = new Map<string, URL>();
  const server = createServer((request, response) => {
    const [, name = '', verb] = (request.url ?? '').split('/');
    if (verb === 'to')
      return void textOf(request).then((url) =>
        response.end(String(targets.set(name, new URL(url)))),
      );
    const target = targets.get(name);
    if (!target) return void response.writeHead(503).end();
    const { method, headers } = request;
    const to = ask(target, { method, headers: { ...headers, host: target.host } });
    to.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.on('error', () => response.destroy()).pipe(response);
    });
    to.on('error', () => response.destroy());
    response.on('close', () => to.destroy());
    return void request.pipe(to);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${name}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
