import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import pg from 'pg';
import { createCatalogFollower, type CatalogConnection } from '../src/catalog/follower.ts';
import type { CatalogFollower, Classes } from '../src/catalog/catalog.ts';
import { classesOf } from './catalog.ts';
import { openDatabase, READ, SAMPLE_CLASSES, type SampleDatabase } from './database.ts';

let database: SampleDatabase;
beforeAll(async () => void (database = await openDatabase()));
afterAll(() => database.remove());

/** As the read lane: what it may ask must be enough. */
async function connect(): Promise<CatalogConnection> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: database.port,
    ...READ,
    database: 'postgres',
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    ask: async (text) => {
      const types = { getTypeParser: () => (value: unknown) => value };
      const { rows } = await client.query({ text, rowMode: 'array', types } as pg.QueryArrayConfig);
      return rows as (string | null)[][];
    },
    close: () => void client.end().catch(() => undefined),
  };
}

type Logged = readonly [event: string, about: Readonly<Record<string, string | number>>];

function follow(how: { readonly classes?: () => Classes; readonly everyMs?: number } = {}): {
  readonly follower: CatalogFollower;
  readonly logged: Logged[];
  readonly asked: () => number;
} {
  const logged: Logged[] = [];
  let asked = 0;
  const follower = createCatalogFollower({
    connect: async () => {
      const connection = await connect();
      return {
        ...connection,
        ask: (sql) => {
          if (sql.startsWith('begin')) asked++;
          return connection.ask(sql);
        },
      };
    },
    classes: how.classes ?? (() => classesOf(SAMPLE_CLASSES)),
    searchPath: ['public'],
    everyMs: how.everyMs ?? 60_000,
    log: (event, about) => void logged.push([event, about]),
  });
  onTestFinished(() => follower.close());
  return { follower, logged, asked: () => asked };
}

const changed = (follower: CatalogFollower): Promise<void> =>
  new Promise((resolve) => void follower.onChange(resolve));

test('R2: nothing is known before the first snapshot; a generation is new only where something is', async () => {
  const { follower } = follow();
  expect(follower.now()).toBeUndefined();
  await follower.refresh();
  expect(follower.now()?.generation).toBe(1);
  await database.run('analyze; select 1');
  await follower.refresh();
  expect(follower.now()?.generation).toBe(1);
  await database.run('create table fresh (i int)');
  await follower.refresh();
  expect(follower.now()?.generation).toBe(2);
  expect(follower.now()?.relation('public', 'fresh')?.columns[0]?.name).toBe('i');
  await database.run('drop table fresh');
});

test('many that ask while a snapshot is taken share the next one, which began after them', async () => {
  const { follower, asked } = follow();
  await follower.refresh();
  const before = asked();
  const first = follower.refresh();
  await database.run('create table late (i int)');
  await Promise.all([follower.refresh(), follower.refresh(), follower.refresh()]);
  expect(follower.now()?.relation('public', 'late')).toBeDefined();
  await first;
  expect(asked() - before).toBe(2);
  await database.run('drop table late');
});

test('the timer finds what changed elsewhere; a renamed column keeps its class; what is unmatched is told', async () => {
  const { follower, logged } = follow({ everyMs: 30 });
  await changed(follower);
  await database.run('alter table customers rename email to contact');
  await changed(follower);
  const contact = follower.now()?.relation('public', 'customers')?.columns[2];
  expect(contact).toMatchObject({ name: 'contact', holds: 'pii.email' });
  expect(follower.unmatched()).toEqual(['public.customers.email']);
  expect(logged).toEqual([['postgres-classes-unmatched', { columns: 'public.customers.email' }]]);
  await database.run('alter table customers rename contact to email');
});

test('new classes are in force after a refresh', async () => {
  let classes = classesOf(SAMPLE_CLASSES);
  const { follower } = follow({ classes: () => classes });
  await follower.refresh();
  classes = classesOf({ ...SAMPLE_CLASSES, 'public.countries': { name: 'custom.place' } });
  await follower.refresh();
  expect(follower.now()?.generation).toBe(2);
  expect(follower.now()?.relation('public', 'countries')?.isGuarded).toBe(true);
});

test('R2: a killed database leaves the last snapshot, but not after a change; both end when it is back', async () => {
  const { follower, logged } = follow({ everyMs: 40 });
  await follower.refresh();
  await database.server.stop('kill');
  while (logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(follower.now()?.generation).toBe(1);
  expect(logged[0]?.[0]).toBe('postgres-catalog-unread');
  await follower.refresh(); // somebody knows of a change
  expect(follower.now()).toBeUndefined();
  await database.server.start();
  while (!follower.now()) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(follower.now()?.generation).toBe(1);
});
