import { connect } from 'node:net';
import { createGatekeeper, createMasker, type Judgement, type Question } from '@countersign/core';
import {
  createCatalogFollower,
  createJudge,
  createPostgresGate,
  createResultMasking,
  createUpstream,
  listen,
  loadClassify,
  scramKeysOf,
  serve,
  shapeOf,
  type Classes,
  type DatabaseSettings,
  type Mounted,
  type PostgresParts,
} from '@countersign/gate-postgres';
import pg from 'pg';
import { classesOf } from '../../gates/postgres/test/catalog.ts';
import {
  openDatabase,
  READ,
  SAMPLE_CLASSES,
  WRITE,
  type SampleDatabase,
} from '../../gates/postgres/test/database.ts';
import { allow, deny, must, openOffice, review, who, type Office } from '../../core/test/office.ts';
import { createEpoch } from '../src/postgres/epoch.ts';
import { createQueryHouse } from '../src/postgres/house.ts';

export const AGENT = 'data-bot';
export const KEY = 'csk_the-key-of-data-bot';
const SALT = Buffer.from('0123456789abcdef');

export type Says = (question: Question) => Judgement;

/** What the shipped policies come to, in short: reads pass, whatever else waits, what touches `countries` is forbidden. */
export const READS_PASS: Says = ({ action, facts }) => {
  const sql = (facts as { readonly sql?: { readonly relations?: unknown } }).sql;
  if (JSON.stringify(sql ?? {}).includes('public.countries')) return deny;
  return action === 'sql.select' ? allow : review();
};
export const ALL_PASSES: Says = () => allow;

/** The whole gate before a real database: listener, sessions, judge, catalog and masks, with a real gatekeeper. */
export type Stand = {
  readonly port: number;
  readonly database: SampleDatabase;
  readonly office: Office;
  /** What policy was asked. */
  readonly questions: Question[];
  readonly says: (says: Says) => void;
  readonly url: (database?: 'crm' | 'crm-tx') => string;
  readonly connect: (database?: 'crm' | 'crm-tx', more?: pg.ClientConfig) => Promise<pg.Client>;
  /** Decides what waits, as soon as something does. */
  readonly vote: (choice: 'approve' | 'deny') => Promise<void>;
  /** Every entry, in order of appending, once all outcomes are told. */
  readonly entries: () => Promise<readonly Entry[]>;
  readonly logged: Record<string, unknown>[];
  /** Reads the catalog anew, as after DDL. */
  readonly refresh: () => Promise<void>;
  /** Clients that are connected now. */
  readonly clients: () => number;
  /** Sessions of the lanes at the server, the follower's among them. */
  readonly sessions: () => Promise<number>;
  /** Types of the entries that follow when whatever runs is overdue. */
  readonly overdue: () => Promise<readonly string[]>;
  /** SIGKILL to all of the server, and another start. */
  readonly crash: () => Promise<void>;
  readonly restart: () => Promise<void>;
  /** What a driver sends to stop what a connection waits for. */
  readonly cancel: (client: pg.Client) => Promise<void>;
  readonly close: () => Promise<void>;
};
type Entry = {
  readonly type: string;
  readonly stream: string;
  readonly report?: { readonly outcome: string; readonly repeats?: number };
};

const SETTINGS: DatabaseSettings = {
  mode: 'read',
  holdMs: 0,
  notices: false,
  searchPath: ['public'],
  statementBytes: 1_000_000,
  messageBytes: 16_000_000,
  statementMs: 10_000,
  idleTransactionMs: 60_000,
  connections: 100,
};

/** Floods are proven elsewhere. */
const CAPS = { maxPending: 1e6, maxPendingPerSession: 1e6, maxPendingPerOwner: 1e6 };

/** Opens one: `crm` in mode `read`, `crm-tx` in mode `transactional`, both before the same database. */
export async function openStand(
  over: Partial<DatabaseSettings> & {
    /** Another upstream than the database itself. */
    readonly upstreamPort?: (port: number) => Promise<number>;
    /** Done to the database before anything looks at it. */
    readonly prepare?: (database: SampleDatabase) => Promise<unknown>;
    readonly classes?: Classes;
  } = {},
): Promise<Stand> {
  const database = await openDatabase();
  const office = openOffice(allow);
  const ticking = setInterval(() => office.clock.advance(25), 25);
  ticking.unref();
  const streams: string[] = [];
  office.store.onAppended(({ stream }) => void (streams.includes(stream) || streams.push(stream)));
  const questions: Question[] = [];
  let says: Says = READS_PASS;
  const logged: Record<string, unknown>[] = [];
  const log: PostgresParts['log'] = (event, about) => void logged.push({ event, ...about });
  const classify = await loadClassify();
  const databases = new Map<string, Mounted>();
  const gate = createPostgresGate({ find: (name) => databases.get(name)?.judge });
  const gatekeeper = createGatekeeper({
    ...office.parts,
    settings: { ...office.parts.settings, ...CAPS },
    judge: {
      judge: async (question) => {
        questions.push(question);
        return says(question);
      },
    },
    gateOf: (type) => (gate.types.has(type) ? gate : undefined),
  });
  const house = createQueryHouse({
    gatekeeper,
    store: office.store,
    current: async () => undefined,
    log: { error: (event) => void logged.push({ event }) },
    epoch: createEpoch([() => says, () => office.killed]),
  });
  const {
    upstreamPort = (port: number) => Promise.resolve(port),
    prepare,
    classes = classesOf(SAMPLE_CLASSES),
    ...settingsOver
  } = over;
  await prepare?.(database);
  const port = await upstreamPort(database.port);
  const closing: (() => void)[] = [];
  const mount = async (name: string, mode: DatabaseSettings['mode']): Promise<void> => {
    const settings = { ...SETTINGS, ...settingsOver, mode };
    const upstream = createUpstream({
      name,
      host: '127.0.0.1',
      port,
      database: 'postgres',
      tls: 'disable',
      lanes: {
        read: { user: READ.user, password: () => READ.password },
        write: { user: WRITE.user, password: () => WRITE.password },
      },
      settings,
    });
    const catalog = createCatalogFollower({
      connect: async (signal) => {
        const connection = await upstream.connect('read', { signal });
        return {
          ask: (sql) => upstream.ask(connection, sql),
          close: () => connection.close(),
        };
      },
      classes: () => classes,
      searchPath: settings.searchPath,
      everyMs: 60_000,
      log,
    });
    await catalog.refresh();
    const judge = createJudge({
      database: name,
      catalog,
      classify,
      shapeOf,
      house,
      settings,
      urlOf: (id) => `https://cs.example/a/${id}`,
      now: office.clock,
    });
    const masking = createResultMasking({
      masker: (unmasked) => createMasker({ key: SALT, unmasked }),
      shown: () => [],
    });
    databases.set(name, { name, upstream, catalog, judge, masking, settings });
    closing.push(() => {
      judge.close();
      catalog.close();
    });
  };
  await mount('crm', 'read');
  await mount('crm-tx', 'transactional');
  const keys = await scramKeysOf(KEY, { salt: SALT, iterations: 4_096 });
  const parts: PostgresParts = { databases, now: office.clock, log };
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    limits: { connections: 200, unauthenticated: 50, handshakeMs: 10_000 },
    credentials: {
      scram: (agent) => ({
        salt: SALT,
        iterations: 4_096,
        keys: agent === AGENT ? [keys] : [],
        isAskedInClear: false,
      }),
      ofKey: async () => false,
      ofCertificate: () => undefined,
    },
    parts,
    onPeer: (peer) => void serve(peer, parts),
  });
  const url: Stand['url'] = (name = 'crm') =>
    `postgres://${AGENT}:${KEY}@127.0.0.1:${listener.port}/${name}`;
  const read: Stand['entries'] = async () => {
    await house.told();
    const all = await Promise.all(streams.map((stream) => office.store.read(stream)));
    return all.flatMap((one, i) =>
      one.map(({ entry }) => ({ ...(JSON.parse(entry) as Entry), stream: streams[i] ?? '' })),
    );
  };
  return {
    port: listener.port,
    database,
    office,
    questions,
    says: (next) => void (says = next),
    url,
    connect: async (name, more) => {
      const client = new pg.Client({ connectionString: url(name), ...more });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    vote: async (choice) => {
      for (;;) {
        const [pending] = await office.store.find({ states: ['pending'], limit: 1 });
        if (pending) {
          const ballot = await office.ballotOf(pending.stream, { choice });
          must(await gatekeeper.vote(who(office, 'dana'), ballot));
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    entries: read,
    logged,
    refresh: async () => {
      for (const { catalog } of databases.values()) await catalog.refresh();
    },
    clients: listener.connections,
    sessions: async () => {
      const { rows } = await database.run(
        "select count(*)::int as n from pg_stat_activity where usename like 'cs_%'",
      );
      return (rows[0] as { n: number }).n;
    },
    overdue: async () => {
      const before = (await read()).length;
      office.clock.advance(office.parts.settings.executionMs * 2);
      await gatekeeper.reconcile();
      return (await read()).slice(before).map(({ type }) => type);
    },
    crash: async () => {
      await database.server.stop('kill');
      await database.server.start();
    },
    restart: database.server.start,
    cancel: (client) => {
      const { processID, secretKey } = client as unknown as Record<string, number>;
      const request = Buffer.alloc(16);
      for (const [i, value] of [16, 80_877_102, processID ?? 0, secretKey ?? 0].entries())
        request.writeInt32BE(value, i * 4);
      const socket = connect(listener.port, '127.0.0.1').end(request).resume();
      return new Promise((resolve) => void socket.once('close', () => resolve()));
    },
    close: async () => {
      clearInterval(ticking);
      await listener.close(100);
      for (const close of closing) close();
      await database.remove();
    },
  };
}
