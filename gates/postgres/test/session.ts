import { createMasker } from '@countersign/core';
import pg from 'pg';
import { createCatalogFollower } from '../src/catalog/follower.ts';
import type { QueryArguments, QueryRun } from '../src/house.ts';
import { createClassifier } from '../src/judge/classifier.ts';
import type { Asked, Judge, Judged } from '../src/judge/judge.ts';
import type { ResultMasking } from '../src/mask/mask.ts';
import { createResultMasking } from '../src/mask/results.ts';
import type { DatabaseSettings, Mounted, PostgresParts } from '../src/parts.ts';
import { serve } from '../src/session/serve.ts';
import { loadClassify } from '../src/sql/classify.ts';
import type { ListenOptions } from '../src/wire/listen.ts';
import { createUpstream } from '../src/wire/upstream.ts';
import { classesOf } from './catalog.ts';
import { READ, SAMPLE_CLASSES, WRITE, type SampleDatabase } from './database.ts';
import { AGENT, KEYS, openListener } from './wire.ts';

/** What a test says of one text. */
type Word = 'permit' | 'allow' | 'deny' | 'hold';
type Told = Parameters<QueryRun['report']>[0];

/** A judge that is told what to say, and remembers what it was asked and told. */
type TestJudge = Judge & {
  say: (text: string, asked?: Asked) => Word;
  readonly asked: QueryArguments[];
  readonly reports: (Told & { readonly text: string })[];
  readonly ran: string[];
  /** Ends what is held, oldest first. */
  readonly answer: (how: 'approve' | 'deny') => void;
  readonly held: () => number;
  edit: (stored: QueryArguments) => QueryArguments;
};

const notRun = (why: string): Judged => ({
  is: 'not-run',
  why: { is: 'denied', message: `NOT EXECUTED, ${why}`, hint: 'https://cs/apr_1' },
});

function createTestJudge(classify: Judge['classify']): TestJudge {
  const waiting: ((how: 'approve' | 'deny' | 'gone') => void)[] = [];
  const judge: TestJudge = {
    say: () => 'permit',
    asked: [],
    reports: [],
    ran: [],
    edit: (stored) => stored,
    held: () => waiting.length,
    answer: (how) => waiting.shift()?.(how),
    classify,
    permitted: (_, text) => {
      const classified = classify(text);
      if (classified.is === 'refused' || judge.say(text) !== 'permit') return undefined;
      const ran = (outcome: string): void => void judge.ran.push(`${outcome}: ${text}`);
      return { facts: classified.facts, ran };
    },
    ask: async (asked, { signal, onHeld }) => {
      judge.asked.push(asked.arguments);
      const word = judge.say(asked.arguments.text, asked);
      if (word === 'deny') return notRun('denied: said the test');
      if (word !== 'hold') return run(asked.arguments);
      onHeld({ id: 'act_1', approvalId: 'apr_1', state: 'pending', code: 'held', reasons: [] });
      const how = await new Promise<string>((resolve) => {
        waiting.push(resolve);
        signal.addEventListener('abort', () => {
          waiting.splice(waiting.indexOf(resolve), 1);
          resolve('gone');
        });
      });
      return how === 'approve'
        ? run(asked.arguments)
        : notRun(how === 'gone' ? 'withdrawn' : 'denied: by people');
    },
  };
  function run(asked: QueryArguments): Judged {
    const stored = judge.edit(structuredClone(asked));
    const classified = classify(stored.text);
    if (classified.is === 'refused') return notRun(`refused: ${classified.message}`);
    const report = (told: Told): void => void judge.reports.push({ ...told, text: stored.text });
    return {
      is: 'run',
      run: { actionId: 'act_1', arguments: stored, report },
      facts: classified.facts,
    };
  }
  return judge;
}

/** A gate before a real database: real listener, catalog, classifier and masks; only the judge is the test's. */
export type TestGate = {
  readonly port: number;
  readonly judge: TestJudge;
  readonly mounted: Mounted;
  readonly logged: Record<string, unknown>[];
  readonly connect: (options?: pg.ClientConfig) => Promise<pg.Client>;
  readonly close: () => Promise<void>;
};

const DEFAULTS: DatabaseSettings = {
  mode: 'read',
  holdMs: 60_000,
  notices: false,
  searchPath: ['public'],
  statementBytes: 100_000,
  messageBytes: 1_000_000,
  statementMs: 20_000,
  idleTransactionMs: 60_000,
  connections: 50,
};

export async function openGate(
  database: Pick<SampleDatabase, 'port'>,
  over: Partial<DatabaseSettings> = {},
  how: Partial<ListenOptions> = {},
  masks?: ResultMasking,
): Promise<TestGate> {
  const settings = { ...DEFAULTS, ...over };
  const lanes = {
    read: { user: READ.user, password: () => READ.password },
    write: { user: WRITE.user, password: () => WRITE.password },
  };
  const address = { host: '127.0.0.1', port: database.port, database: 'postgres' };
  const upstream = createUpstream({
    name: 'sales',
    ...address,
    lanes,
    settings,
    tls: 'disable',
  });
  const catalog = createCatalogFollower({
    connect: async (signal) => {
      const connection = await upstream.connect('read', { signal });
      return { ask: (sql) => upstream.ask(connection, sql), close: connection.close };
    },
    classes: () => classesOf(SAMPLE_CLASSES),
    searchPath: settings.searchPath,
    everyMs: 60_000,
    log: () => undefined,
  });
  await catalog.refresh();
  const judge = createTestJudge(createClassifier(catalog, await loadClassify()));
  const masking =
    masks ??
    createResultMasking({
      masker: (clear) => createMasker({ key: new Uint8Array(32), unmasked: clear }),
      shown: () => [],
    });
  const mounted: Mounted = { name: 'sales', upstream, catalog, judge, masking, settings };
  const databases = new Map([['sales', mounted]]);
  const logged: Record<string, unknown>[] = [];
  const log = (event: string, about: object): void => void logged.push({ event, ...about });
  const parts: PostgresParts = { databases, now: Date.now, log };
  const serving = new Set<Promise<void>>();
  const listener = await openListener({
    ...how,
    parts,
    onPeer: (peer) => {
      const served = serve(peer, parts).finally(() => serving.delete(served));
      serving.add(served);
    },
  });

  return {
    port: listener.port,
    judge,
    mounted,
    logged,
    connect: async (options = {}) => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: listener.port,
        user: AGENT,
        password: KEYS[0],
        database: 'sales',
        ...options,
      });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    close: async () => {
      await listener.close(0);
      catalog.close();
      await Promise.all(serving);
    },
  };
}
