import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { median, type Figure } from '../../../bench/figure.ts';
import { startPostgres } from '../../../test/postgres.ts';
import { migrate } from '../src/index.ts';
import type { Mode } from './replica.ts';

const REPLICA = fileURLToPath(new URL('./replica.ts', import.meta.url));
const ROUND_MS = 4_000;
const ROUNDS = 5;

type Rate = { readonly perSecond: number; readonly p50: number; readonly p99: number };

/** Entries per second of several replica processes together, in a schema of their own that is checked and dropped. */
async function rate(url: string, mode: Mode, replicas: number, appenders: number): Promise<Rate> {
  const schema = `b${randomBytes(6).toString('hex')}`;
  await migrate({ url, schema });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `CREATE TABLE ${schema}.plain (seq bigserial PRIMARY KEY, stream text COLLATE "C" NOT NULL,
       ver integer NOT NULL, leaf bytea NOT NULL, entry bytea NOT NULL, UNIQUE (stream, ver))`,
  );
  const each = Math.floor(appenders / replicas);
  const children = Array.from({ length: replicas }, () =>
    spawn(
      process.execPath,
      [
        '--conditions=@countersign/source',
        REPLICA,
        url,
        schema,
        mode,
        String(each),
        String(ROUND_MS),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    ),
  );
  const said = children.map(() => '');
  for (const [i, { stdout }] of children.entries())
    stdout.setEncoding('utf8').on('data', (text: string) => (said[i] += text));
  while (!said.every((text) => text.includes('ready')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  for (const { stdin } of children) stdin.write('go\n');
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
  const rates = said.map((text) => JSON.parse(text.split('\n')[1] ?? '') as Rate);
  if (mode !== 'insert') await requireGapFree(client, schema);
  await client.query(`DROP SCHEMA ${schema} CASCADE`);
  await client.end();
  return {
    perSecond: rates.reduce((sum, { perSecond }) => sum + perSecond, 0),
    p50: Math.max(...rates.map(({ p50 }) => p50)),
    p99: Math.max(...rates.map(({ p99 }) => p99)),
  };
}

async function requireGapFree(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ n: string; last: string; size: string }>(
    `SELECT count(*) AS n, max(seq) + 1 AS last, (SELECT size FROM ${schema}.head) AS size FROM ${schema}.events`,
  );
  const { n, last, size } = rows[0] ?? {};
  if (n !== last || n !== size) throw new Error(`gaps: ${n} entries, last ${last}, head ${size}`);
}

/** Appends by three replicas at 255 appenders, beside the same inserts without the tree and beside bare inserts. */
export async function benchReplicatedAppend(): Promise<readonly Figure[]> {
  const database = await startPostgres({ settings: { max_wal_size: '4GB' } });
  const rates: Record<Mode, Rate[]> = { store: [], early: [], 'no-tree': [], insert: [] };
  try {
    await rate(database.url, 'store', 3, 255); // warms the disk and the caches
    // in turns, so that a slow spell of the machine meets all of them
    for (let round = 0; round < ROUNDS; round++)
      for (const mode of ['store', 'no-tree', 'insert', 'early'] as const)
        rates[mode].push(await rate(database.url, mode, 3, 255));
  } finally {
    await database.remove();
  }
  const perSecond = (mode: Mode): number => median(rates[mode].map((it) => it.perSecond));
  const ratioTo = (mode: Mode): number =>
    median(rates.store.map((it, i) => it.perSecond / (rates[mode][i]?.perSecond ?? Number.NaN)));
  const p50 = median(rates.store.map((it) => it.p50));
  return [
    {
      name: 'postgres/append-3-replicas',
      value: perSecond('store'),
      unit: 'entries/s',
      baseline: `bare inserts in no order: ${Math.round(perSecond('insert'))}/s, ratio ${ratioTo('insert').toFixed(2)}; p50 ${p50.toFixed(1)} ms; early lock release: ${Math.round(perSecond('early'))}/s`,
      target: '≥ 20000',
      ok: perSecond('store') >= 20_000,
    },
    {
      name: 'postgres/append-with-tree',
      value: perSecond('store'),
      unit: 'entries/s',
      baseline: perSecond('no-tree'),
      ratio: ratioTo('no-tree'),
      target: '≥ 0.6 × the same inserts without the tree',
      ok: ratioTo('no-tree') >= 0.6,
    },
  ];
}
