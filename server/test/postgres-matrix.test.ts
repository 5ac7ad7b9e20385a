import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataRow, readErrorFields } from '../../gates/postgres/src/wire/read-backend.ts';
import { classesOf } from '../../gates/postgres/test/catalog.ts';
import {
  createExchange,
  messages,
  type Exchange,
  type Way,
} from '../../gates/postgres/test/matrix-client.ts';
import { findSecretsOf, type FindSecret } from '../../gates/postgres/test/matrix-secrets.ts';
import { MATRIX_CLASSES, SHAPES, type Shape } from '../../gates/postgres/test/matrix-shapes.ts';
import { ALL_PASSES, openStand, type Stand } from './postgres-stand.ts';

const MATRIX = new URL('../../gates/postgres/test/matrix.sql', import.meta.url);

let stand: Stand;
let find: FindSecret;
let exchange: Exchange;
beforeAll(async () => {
  stand = await openStand({
    classes: classesOf(MATRIX_CLASSES),
    // so that nothing but the gate stands before a value
    prepare: async (database) => {
      await database.run(readFileSync(MATRIX, 'utf8'));
      await database.run('alter role cs_write superuser');
    },
  });
  find = await findSecretsOf(stand.database);
  stand.says(ALL_PASSES);
  exchange = await openClient();
}, 300_000);
afterAll(() => stand.close());

/** A client that has shown who it is, and from then on reads every message itself. */
async function openClient(): Promise<Exchange> {
  const client = await stand.connect('crm-tx');
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } })
    .connection;
  stream.removeAllListeners('data');
  return createExchange(stream, true);
}

type Seen = {
  readonly bytes: Buffer;
  readonly rows: readonly (readonly (Buffer | null)[])[];
  readonly codes: readonly string[];
};

async function send(text: string, way: Way): Promise<Seen> {
  const bytes: Buffer[] = [];
  const rows: (readonly (Buffer | null)[])[] = [];
  const codes: string[] = [];
  await exchange(messages(text, way), (frame) => {
    bytes.push(frame);
    const type = String.fromCharCode(frame[0] ?? 0);
    if (type === 'D') rows.push(readDataRow(frame));
    if (type === 'E') codes.push(readErrorFields(frame).get('C') ?? '');
  });
  return { bytes: Buffer.concat(bytes), rows, codes };
}

async function run({ texts, only, commits }: Shape, way: Way): Promise<readonly Seen[]> {
  const all: Seen[] = [];
  await send('begin', 'simple');
  for (const text of texts)
    if (commits || !/^(?:begin|commit)$/.test(text)) all.push(await send(text, only ?? way));
  for (const text of ['rollback', 'deallocate all', 'unlisten *']) await send(text, 'simple');
  return all;
}

/** Columns of the last text that say something, though they may not. */
function openColumns({ clear = [] }: Shape, last: Seen | undefined): readonly number[] {
  if (clear === 'all') return [];
  const spoken = (last?.rows ?? []).flatMap((row) =>
    [...row.entries()].filter(([, value]) => value !== null && !value.includes('‹')),
  );
  return [...new Set(spoken.map(([i]) => i))].filter((i) => !clear.includes(i));
}

// each shape in one way: all ways of each are the matrix of the masks alone
const WAYS: readonly Way[] = ['simple', 'text', 'binary', 'blind', 'slow'];

test('R9, MASK-13: through the whole gate no shape of a statement lets a private value out', async () => {
  const leaks: string[] = [];
  const counts = { runs: 0, rows: 0, failed: 0 };
  for (const [i, shape] of SHAPES.entries()) {
    const way = shape.only ?? WAYS[i % WAYS.length] ?? 'simple';
    const all = await run(shape, way);
    const name = `${way}: ${shape.texts.join('; ')}`;
    const secret = find(Buffer.concat(all.map(({ bytes }) => bytes)));
    if (secret !== undefined) leaks.push(`${name} → ${JSON.stringify(secret)}`);
    for (const column of openColumns(shape, all.at(-1))) leaks.push(`${name} → column ${column}`);
    counts.runs++;
    counts.rows += all.reduce((sum, { rows }) => sum + rows.length, 0);
    if (all.some(({ codes }) => codes.length > 0)) counts.failed++;
  }
  process.stdout.write(`through the gate: ${JSON.stringify(counts)}, ${leaks.length} leaks\n`);
  expect(leaks).toEqual([]);
  expect(counts.rows).toBeGreaterThan(500);
}, 300_000);
