import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { serve } from '../src/session/serve.ts';
import { SSL_REQUEST, startupMessage, startupPacket } from '../src/wire/packet.ts';
import { message, int32, writeQuery } from '../src/wire/write.ts';
import type { SampleDatabase } from './database.ts';
import { openGate, type TestGate } from './session.ts';
import { AGENT, KEYS, openAuthority, openListener } from './wire.ts';

// Connections that come and go in every way that costs something, through the whole gate to a real server.

type Soaked = {
  readonly gate: TestGate;
  /** Opens and drops so many, at most `width` at once. */
  readonly run: (count: number, width?: number) => Promise<void>;
  /** What must be as before: clients, those that are served, connections of the lanes, sockets of this process. */
  readonly left: () => Promise<Readonly<Record<string, number>>>;
  readonly close: () => Promise<void>;
};

/** A gate with and without TLS, whose clients may be dropped. */
export async function openSoak(database: SampleDatabase): Promise<Soaked> {
  const authority = openAuthority();
  const gate = await openGate(database, { connections: 100 });
  const parts = {
    databases: new Map([['sales', gate.mounted]]),
    now: Date.now,
    log: () => undefined,
  };
  const serving = new Set<Promise<void>>();
  const listener = await openListener({
    limits: { connections: 500, unauthenticated: 200, handshakeMs: 5_000 },
    tls: authority.issue('localhost'),
    parts,
    onPeer: (peer) => {
      const served = serve(peer, parts).finally(() => serving.delete(served));
      serving.add(served);
    },
  });
  const ways = waysOf(listener.port, authority.ca);
  return {
    gate,
    run: async (count, width = 20) => {
      let next = 0;
      const one = async (): Promise<void> => {
        for (let at = next++; at < count; at = next++) await ways[at % ways.length]?.();
      };
      await Promise.all(Array.from({ length: width }, one));
      // what the test itself remembers is no leak of the gate
      gate.judge.ran.length = 0;
    },
    left: async () => {
      const { rows } = await database.run(
        "select count(*)::int as n from pg_stat_activity where usename ~ '^cs_'",
      );
      const resources = process.getActiveResourcesInfo();
      return {
        clients: listener.connections(),
        served: serving.size,
        lanes: (rows as { n: number }[])[0]?.n ?? -1,
        sockets: resources.filter((name) => /TCP|TLS/.test(name)).length,
      };
    },
    close: async () => {
      await listener.close();
      await gate.close();
    },
  };
}

type Way = () => Promise<void>;
const STARTUP = startupMessage(
  new Map([
    ['user', AGENT],
    ['database', 'sales'],
  ]),
);
const FIRST = Buffer.from('n,,n=,r=abcdefghijkl');

function waysOf(port: number, ca: string): readonly Way[] {
  /** Says these, each after an answer, and drops the connection after the last. */
  const say =
    (how: 'destroy' | 'resetAndDestroy' | 'end', ...words: readonly Uint8Array[]): Way =>
    () =>
      new Promise((resolve) => {
        const socket: Socket = connect(port, '127.0.0.1');
        const left = [...words];
        const speak = (): void => {
          const word = left.shift();
          if (word) socket.write(word);
          if (left.length > 0) return;
          if (how === 'end') socket.resume().end();
          else socket[how]();
        };
        socket.on('connect', speak).on('data', speak);
        socket.on('error', () => undefined).once('close', () => resolve());
      });
  const login =
    (leave: (client: pg.Client) => unknown, ssl: pg.ClientConfig['ssl'] = false): Way =>
    async () => {
      const client = new pg.Client({
        host: 'localhost',
        port,
        user: AGENT,
        password: KEYS[0],
        database: 'sales',
        ssl,
      });
      client.on('error', () => undefined);
      await client.connect().then(
        () => leave(client),
        () => undefined,
      );
    };
  const cheap = [
    say('destroy'),
    say('end'),
    say('resetAndDestroy', STARTUP.subarray(0, 6)),
    say('destroy', STARTUP.subarray(0, 30)),
    say('end', STARTUP.subarray(0, 30)),
    say('destroy', STARTUP),
    say('destroy', STARTUP, message('p', 'SCRAM-SHA-256', int32(FIRST.length), FIRST)),
    say('end', startupPacket(SSL_REQUEST)),
    say('destroy', startupPacket(SSL_REQUEST), Buffer.from('16030100', 'hex')),
    say('resetAndDestroy', startupPacket(SSL_REQUEST), Buffer.alloc(60, 0x16)),
    say('destroy', startupPacket(80_877_102, Buffer.alloc(8))),
    say('end', Buffer.from('GET / HTTP/1.1\r\n\r\n')),
  ];
  return [
    ...cheap,
    login((client) => query(client, 'select count(*) from customers').then(() => client.end())),
    ...cheap,
    login((client) => {
      const ends = query(client, 'select * from customers c, customers d limit 100000');
      streamOf(client).once('data', () => streamOf(client).destroy());
      return ends;
    }),
    ...cheap,
    login((client) => void streamOf(client).destroy(), { ca }),
    ...cheap,
    login((client) => {
      streamOf(client).end(writeQuery('select pg_sleep(0.01)'));
      return new Promise((resolve) => streamOf(client).once('close', resolve));
    }),
  ];
}

const streamOf = (client: pg.Client): Socket =>
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
const query = (client: pg.Client, text: string): Promise<unknown> =>
  client.query(text).catch(() => undefined);
