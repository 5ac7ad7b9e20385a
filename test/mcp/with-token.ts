import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes every request on as it is with a credential added: the suites have none to send. */
export async function withToken(
  target: string,
  token: string,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const { hostname, port, pathname } = new URL(target);
  const server = createServer((request, response) => {
    const { method, headers } = request;
    const path = (request.url ?? '').replace(/^\/mcp/, pathname);
    const to = ask({
      hostname,
      port,
      path,
      method,
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    to.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.on('error', () => response.destroy()).pipe(response);
    });
    to.on('error', () => response.destroy());
    response.on('close', () => to.destroy());
    request.pipe(to);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
