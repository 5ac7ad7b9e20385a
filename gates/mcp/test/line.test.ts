import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLine } from '../src/front/line.ts';
import { readText } from '../src/front/read-text.ts';

type Come = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** A request that came with these bytes, and the socket of who sent it. */
async function come(...pieces: readonly (string | Uint8Array)[]): Promise<Come & { peer: Socket }> {
  const { promise, resolve } = Promise.withResolvers<Come>();
  const server = createServer((request, response) => resolve({ request, response }));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const peer = connect({ port: (server.address() as AddressInfo).port, noDelay: true });
  onTestFinished(() => {
    peer.destroy();
    server.closeAllConnections();
    server.close();
  });
  const send = async (): Promise<void> => {
    for (const piece of pieces) {
      peer.write(piece);
      await new Promise((later) => setTimeout(later, 10));
    }
  };
  void send();
  return { ...(await promise), peer };
}

const head = (length: number): string =>
  `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
const closed = (response: ServerResponse): Promise<void> =>
  vi.waitFor(() => expect(response.closed).toBe(true));

test('everyone on a line hears that the other end left, and a cancelled one is cancelled alone', async () => {
  const { response, peer } = await come(`${head(2)}{}`);
  const line = createLine(response);
  const [one, other] = [line.leaving(), line.leaving()];
  one.abort('cancelled');
  expect(other.signal.aborted).toBe(false);
  peer.destroy();
  await closed(response);
  expect([one.signal.reason, other.signal.reason]).toEqual(['cancelled', 'gone']);
});

test('R2: who left before the line was opened is gone from the start', async () => {
  const { response, peer } = await come(`${head(2)}{}`);
  peer.destroy();
  await closed(response);
  expect(createLine(response).leaving().signal.aborted).toBe(true);
});

test('who was answered, or can come back, did not leave', async () => {
  const answered = await come(`${head(2)}{}`);
  const line = createLine(answered.response);
  const done = line.leaving();
  line.end();
  await closed(answered.response);
  const resumable = await come(`${head(2)}{}`);
  const stream = createLine(resumable.response);
  const on = stream.leaving();
  stream.event({ id: '1' });
  resumable.peer.destroy();
  await closed(resumable.response);
  expect([done, on, stream.leaving()].map(({ signal }) => signal.aborted)).toEqual(
    Array(3).fill(false),
  );
});

test.each([
  ['together with its head', [`${head(6)}{"é"}`]],
  ['after it', [head(6), '{"é"}']],
  ['in pieces, a letter between two', [`${head(6)}{"`, Uint8Array.of(0xc3), '\xa9"}'].map(raw)],
  ['empty', [head(0)]],
])('a body that comes %s', async (_, pieces) => {
  const { request } = await come(...pieces);
  const text = pieces[0] === head(0) ? '' : '{"é"}';
  expect(await readText(request, 6)).toEqual({ text });
});

test.each([[[`${head(7)}{"aaa"}`]], [[head(7), '{"aaa', '"}']]])(
  'one byte more than the limit: %j',
  async (pieces) => {
    const { request } = await come(...pieces);
    expect(await readText(request, 6)).toMatchObject({ is: 'refused', status: 413 });
  },
);

test.each(['before its body is read', 'while it is read'])(
  'who leaves %s is gone',
  async (when) => {
    const { request, response, peer } = await come(`${head(6)}{"`);
    const early = when === 'while it is read' ? readText(request, 6) : undefined;
    peer.destroy();
    await closed(response);
    expect(await (early ?? readText(request, 6))).toBe('gone');
  },
);

/** Text as one byte per letter. */
function raw(piece: string | Uint8Array): Uint8Array {
  return typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
}
