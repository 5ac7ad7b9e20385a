import { connect, createServer, type Socket } from 'node:net';

/** A network between a gateway and its database that can be hurt. */
export type Proxy = {
  readonly port: number;
  /** Breaks every connection there is. */
  readonly cut: () => void;
  /** Takes everything and passes nothing on, in both directions; new connections hang. */
  readonly blackHole: (isOn: boolean) => void;
  /** The next time the gateway sends a COMMIT, passes it on and breaks the connection before the answer. */
  readonly loseNextCommit: () => void;
  /** Makes of every LISTEN what no server understands, as on engines that have none. */
  readonly forbidListening: () => void;
  /** How often the news were asked for. */
  readonly looks: () => number;
  /** How many answers to a COMMIT were lost. */
  readonly lost: () => number;
  readonly close: () => Promise<void>;
};

export async function createProxy(target: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isHole = false;
  let isLosing = false;
  let lost = 0;
  let looks = 0;
  let isForbidding = false;
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    let isDeaf = false;
    const end = (): void => {
      near.destroy();
      if (!isDeaf) far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.on('data', (data) => {
      if (isHole) return;
      if (data.includes('\0news\0')) looks++; // the name of the statement, in each message that binds it
      const listen = isForbidding ? data.indexOf('LISTEN ') : -1;
      if (listen >= 0) data.write('LISTEM ', listen);
      far.write(data);
      if (!isLosing || !data.includes('COMMIT')) return;
      isLosing = false;
      isDeaf = true; // the server gets it whole, whatever becomes of us
      lost++;
      far.once('data', () => far.end());
      near.destroy();
    });
    far.on('data', (data) => {
      if (!isHole && !isDeaf) near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut: () => {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
    },
    blackHole: (isOn) => {
      isHole = isOn;
    },
    loseNextCommit: () => {
      isLosing = true;
    },
    forbidListening: () => {
      isForbidding = true;
    },
    looks: () => looks,
    lost: () => lost,
    close: async () => {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
