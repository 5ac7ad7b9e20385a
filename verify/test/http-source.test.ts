import { createServer, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createHttpSource, readTile } from '../src/ledger/source.ts';

/** What reading a path of a hostile server comes to, and whether the connection was let go. */
async function met(answer: (response: ServerResponse) => void) {
  const letGo = Promise.withResolvers<boolean>();
  const server = createServer((_, response) => {
    response.on('close', () => letGo.resolve(true));
    answer(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const result = await readTile(createHttpSource(`http://127.0.0.1:${port}`), 0, 0, 256);
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 2_000).unref());
  const isClosed = await Promise.race([letGo.promise, late]);
  server.closeAllConnections();
  server.close();
  return { code: result.ok ? 'ok' : result.failure.code, isClosed };
}

const endless = (response: ServerResponse): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.on('drain', more);
  more();
};

test.each<[string, string, (response: ServerResponse) => void]>([
  ['a body without end', 'source-unreadable', endless],
  ['not found, at endless length', 'tile-missing', (response) => endless(response.writeHead(404))],
  [
    'an error, at endless length',
    'source-unreadable',
    (response) => endless(response.writeHead(500)),
  ],
  [
    'a redirect',
    'source-unreadable',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  ],
  ['a byte too many', 'tile-mismatch', (response) => response.end(Buffer.alloc(8_193))],
  ['a byte too few', 'tile-mismatch', (response) => response.end(Buffer.alloc(8_191))],
  ['nothing', 'tile-mismatch', (response) => response.end()],
])('ATTACKER: %s: %s, and the connection is let go', async (_, code, answer) => {
  expect(await met(answer)).toEqual({ code, isClosed: true });
});
