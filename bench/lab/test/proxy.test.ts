import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProxy, type Proxy } from '../proxy.ts';

let server: Server;
let proxy: Proxy;

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined).pipe(socket);
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    }),
  );
  proxy = await createProxy(port);
});
afterEach(async () => {
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

type Line = {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly end: Promise<string>;
};

function open(): Line {
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  let heard = '';
  socket.on('data', (text: string) => (heard += text));
  const end = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.once('close', () => resolve('closed'));
  });
  return { socket, heard: () => heard, end };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

describe('what lies between a replica and the database', () => {
  test('open: what is sent comes back', async () => {
    const line = open();
    line.socket.write('hello');
    await until(() => line.heard() === 'hello');
    line.socket.destroy();
  });
  test('refuse: what there is breaks, new connections too', async () => {
    const line = open();
    line.socket.write('a');
    await until(() => line.heard() === 'a');
    proxy.set({ kind: 'refuse' });
    expect(await line.end).toBe('ECONNRESET');
    expect(await open().end).toBe('ECONNRESET');
  });
  test('blackhole: silence, and everything arrives once it is over', async () => {
    const line = open();
    line.socket.write('a');
    await until(() => line.heard() === 'a');
    proxy.set({ kind: 'blackhole' });
    const late = open();
    line.socket.write('b');
    late.socket.write('c');
    await sleep(100);
    expect([line.heard(), late.heard()]).toEqual(['a', '']);
    proxy.set({ kind: 'open' });
    await until(() => line.heard() === 'ab' && late.heard() === 'c');
    line.socket.destroy();
    late.socket.destroy();
  });
  test('delay: later and in order, also where it ends meanwhile', async () => {
    const line = open();
    line.socket.write('.');
    await until(() => line.heard() === '.');
    proxy.set({ kind: 'delay', ms: 60 });
    const sentAt = performance.now();
    line.socket.write('a');
    await sleep(20);
    proxy.set({ kind: 'open' });
    line.socket.write('b');
    await until(() => line.heard().length === 3);
    expect(line.heard()).toBe('.ab');
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(55);
    line.socket.destroy();
  });
});
