import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { send } from '../src/http/send.ts';

/** What a client of such a server reads before the answer ends, or how it breaks off. */
async function read(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const response = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(2_000) });
  const text = response.text().catch((error: unknown) => (error as Error).name);
  try {
    return await text;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('R2 a stream that fails after its head is cut off, not left open', async () => {
  const told = await read((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: status\n\n');
    const problem = { status: 500, type: 'application/problem+json', body: '{}' };
    setTimeout(() => send(request, response, problem, { requestId: 'r', isLast: false }), 50);
  });
  expect(told).toBe('TypeError'); // `TimeoutError` would be a reader left waiting
});
