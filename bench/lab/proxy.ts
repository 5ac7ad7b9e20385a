import { connect, createServer, type Socket } from 'node:net';

/** What lies between one replica and the database. */
type Weather =
  | { readonly kind: 'open' }
  /** What there is breaks, new connections are refused. */
  | { readonly kind: 'refuse' }
  /** Nothing arrives any more, and nothing says so; what was on its way arrives when it is over. */
  | { readonly kind: 'blackhole' }
  /** Everything takes longer, in order. */
  | { readonly kind: 'delay'; readonly ms: number };

export type Proxy = {
  readonly port: number;
  readonly set: (weather: Weather) => void;
  readonly close: () => Promise<void>;
};

type Pair = { readonly near: Socket; readonly far: Socket };

/** A TCP proxy to a port of this machine whose weather can be changed. */
export async function createProxy(to: number): Promise<Proxy> {
  let weather: Weather = { kind: 'open' };
  const pairs = new Set<Pair>();

  const forward = (from: Socket, onto: Socket): void => {
    const late: { readonly chunk: Buffer; readonly at: number }[] = [];
    const drain = (): void => {
      for (let first = late[0]; first && first.at <= performance.now(); first = late[0]) {
        late.shift();
        onto.write(first.chunk);
      }
      if (late[0]) setTimeout(drain, Math.max(1, late[0].at - performance.now()));
    };
    from.on('data', (chunk: Buffer) => {
      const ms = weather.kind === 'delay' ? weather.ms : 0;
      if (ms === 0 && late.length === 0) {
        if (!onto.write(chunk)) from.pause();
        return;
      }
      // in order: what comes once the weather is better waits for what is still on its way
      late.push({ chunk, at: Math.max(performance.now() + ms, late.at(-1)?.at ?? 0) });
      if (late.length === 1) setTimeout(drain, ms);
    });
    onto.on('drain', () => {
      if (isFlowing()) from.resume();
    });
  };
  const isFlowing = (): boolean => weather.kind !== 'blackhole';

  const server = createServer((near) => {
    if (weather.kind === 'refuse') return void near.resetAndDestroy();
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    const pair = { near: near.setNoDelay(true), far };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    forward(near, far);
    forward(far, near);
    if (!isFlowing()) pause(pair);
    return undefined;
  });
  const pause = ({ near, far }: Pair): void => {
    near.pause();
    far.pause();
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    set: (next) => {
      weather = next;
      for (const pair of pairs) {
        if (next.kind === 'refuse') pair.near.resetAndDestroy();
        else if (next.kind === 'blackhole') pause(pair);
        else {
          pair.near.resume();
          pair.far.resume();
        }
      }
    },
    close: async () => {
      for (const { near } of pairs) near.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
