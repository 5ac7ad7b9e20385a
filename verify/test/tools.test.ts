import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../src/bytes.ts';
import { canonical, type JsonObject } from '../src/json.ts';
import { verifyLedger } from '../src/ledger/verify-ledger.ts';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { createLedger, createSigner, sourceOf } from './write-ledger.ts';

type Row = { readonly name: string; readonly entries: readonly string[] };
const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/tools.json', import.meta.url), 'utf8'),
) as {
  readonly pins: readonly { readonly definition: Record<string, unknown>; readonly pin: string }[];
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

const PINNED = 'name,title,description,inputSchema,outputSchema,annotations,_meta'.split(',');

test.each(vectors.pins)('L39 the pin $pin', async ({ definition, pin }) => {
  const members = Object.entries(definition).filter(([name]) => PINNED.includes(name));
  const text = canonical(Object.fromEntries(members) as JsonObject) ?? '';
  expect(`sha256:${toHex(await nodePrimitives.sha256([utf8(text)]))}`).toBe(pin);
});

test.each(vectors.valid)('L39 verifies: $name', async ({ entries }) => {
  expect(await verify(entries, 'actions')).toMatchObject({ ok: true });
});

test.each(vectors.invalid)('L39 refuses: $name', async ({ entries, refusal }) => {
  expect(await verify(entries, 'actions')).toMatchObject({ failure: { code: refusal } });
  // the tree alone cannot tell
  expect(await verify(entries, 'streams')).toMatchObject({ ok: true });
});
