import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMasker } from '@countersign/core';
import type { Catalog } from '../src/catalog/catalog.ts';
import { createResultMasking } from '../src/mask/results.ts';
import { loadClassify } from '../src/sql/classify.ts';
import type { Classified, Classify } from '../src/sql/facts.ts';
import { classesOf, snapshotOf } from './catalog.ts';
import { openDatabase, type SampleDatabase } from './database.ts';
import { openMatrixClient, type MatrixClient, type Seen, type Way } from './matrix-client.ts';
import { findSecretsOf, type FindSecret } from './matrix-secrets.ts';
import { MATRIX_CLASSES, SHAPES, type Shape } from './matrix-shapes.ts';

let database: SampleDatabase;
let catalog: Catalog;
let client: MatrixClient;
let find: FindSecret;
beforeAll(async () => {
  database = await openDatabase();
  await database.run(readFileSync(new URL('matrix.sql', import.meta.url), 'utf8'));
  ({ catalog } = await snapshotOf(database, classesOf(MATRIX_CLASSES)));
  find = await findSecretsOf(database);
  const masking = createResultMasking({
    masker: (unmasked) => createMasker({ key: new Uint8Array(32), unmasked }),
    shown: () => [],
  });
  const classify = remembered(await loadClassify());
  client = await openMatrixClient({
    port: database.port,
    classify,
    masking,
    catalog: () => catalog,
  });
  await client.send(AFRESH, 'simple');
});
afterAll(async () => {
  client.close();
  await database.remove();
});

/** Each text is sent in five ways. */
function remembered(classify: Classify): Classify {
  const known = new Map<string, Classified>();
  return (text, of) => {
    const found = known.get(text) ?? classify(text, of);
    known.set(text, found);
    return found;
  };
}

// what a session keeps beyond its transaction goes too
const AFRESH = 'rollback; deallocate all; unlisten *; begin';
const WAYS: readonly Way[] = ['simple', 'text', 'binary', 'blind', 'slow'];

/** Runs one shape in a transaction that is undone; gives what its last text gave, and everything that was told. */
async function run(
  { texts, only, commits }: Shape,
  way: Way,
): Promise<{ last: Seen; all: Seen[] }> {
  const all: Seen[] = [];
  for (const text of texts) {
    if (!commits && /^(?:begin|commit)$/.test(text)) continue;
    all.push(await client.send(text, only ?? way));
  }
  await client.send(AFRESH, 'simple');
  const [last = all[0]] = all.slice(-1);
  if (!last) throw new Error('a shape without text');
  return { last, all };
}

const isSame = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

/** Columns whose values came through as they were, and those that did not. */
function judged(seen: Seen): {
  readonly passed: readonly number[];
  readonly changed: readonly number[];
} {
  const all = [...seen.columns.keys()];
  const hasPassed = (i: number): boolean =>
    (seen.columns[i] ?? []).some(({ raw, masked }) => raw !== null && isSame(raw, masked));
  const hasChanged = (i: number): boolean =>
    (seen.columns[i] ?? []).some(({ raw, masked }) => !isSame(raw, masked));
  return { passed: all.filter(hasPassed), changed: all.filter(hasChanged) };
}

test('what people let be copied into a column that is in clear is in clear: so writes are theirs to judge', async () => {
  const { last } = await run(
    {
      texts: [
        'update orders o set status = email from customers c where c.id = customer_id returning o.status',
      ],
    },
    'text',
  );
  expect(find(last.masked)).toBeDefined();
});

test('R9, MASK-13: no shape of a statement lets a private value out, by any way of the protocol', async () => {
  const leaks: string[] = [];
  const counts = { runs: 0, private: 0, refused: 0, failed: 0, columns: 0, masked: 0 };
  const over = new Set<string>();
  for (const shape of SHAPES)
    for (const way of WAYS) {
      if (shape.only && way !== 'simple') continue;
      const { last, all } = await run(shape, way);
      const name = `${way}: ${shape.texts.join('; ')}`;
      const secret = find(Buffer.concat(all.map(({ masked }) => masked)));
      if (secret !== undefined) leaks.push(`${name} → ${JSON.stringify(secret)}`);
      const { passed, changed } = judged(last);
      const isClear = (i: number): boolean =>
        shape.clear === 'all' || (shape.clear ?? []).includes(i);
      for (const i of passed) if (!isClear(i)) leaks.push(`${name} → column ${i}`);
      counts.runs++;
      if (find(Buffer.concat(all.map(({ raw }) => raw))) !== undefined) counts.private++;
      if (all.some(({ isRefused }) => isRefused)) counts.refused++;
      else if (all.some(({ codes }) => codes.length > 0)) counts.failed++;
      counts.columns += last.columns.length;
      counts.masked += changed.length;
      if (way !== 'blind')
        for (const i of changed.filter(isClear)) over.add(`${shape.texts.join('; ')} [${i}]`);
    }
  process.stdout.write(
    `masking matrix: ${SHAPES.length} shapes, ${JSON.stringify(counts)}, ${leaks.length} leaks\n` +
      `${over.size} columns masked that held nothing private: ${[...over].join(' · ')}\n`,
  );
  expect(leaks).toEqual([]);
  // the oracle sees: without the masks it would have found as much as this
  expect(counts.private).toBeGreaterThan(700);
}, 300_000);
