import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { createLedger, createSigner, sourceOf } from './write-ledger.ts';

type Row = { readonly name: string; readonly entries: readonly string[] };
const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/waiver.json', import.meta.url), 'utf8'),
) as {
  readonly valid: readonly Row[];
  readonly invalid: readonly (Row & { readonly refusal: string })[];
};

const log = createSigner('test.example/ledger', Buffer.alloc(32, 1));
const read = await readTrust(`log ${log.vkey}\nquorum none\n`);
if (!read.ok) throw new Error(read.failure.message);
const trust = read.value;

const verify = (entries: readonly string[], depth: 'streams' | 'actions') =>
  verifyLedger(sourceOf(createLedger(entries, [log])), trust, {
    primitives: nodePrimitives,
    depth,
  });

test.each(vectors.valid)('L35 verifies: $name', async ({ entries }) => {
  expect(await verify(entries, 'actions')).toMatchObject({ ok: true });
});

test.each(vectors.invalid)('L35 refuses: $name', async ({ entries, refusal }) => {
  expect(await verify(entries, 'actions')).toMatchObject({ failure: { code: refusal } });
  // the tree alone cannot tell
  expect(await verify(entries, 'streams')).toMatchObject({ ok: true });
});
