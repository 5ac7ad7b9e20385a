import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { canonical, type Json, type JsonObject } from '../src/json.ts';
import { verifyReceipt } from '../src/receipt/verify-receipt.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/receipt.json', import.meta.url), 'utf8'),
) as { readonly trust: string; readonly valid: readonly { readonly receipt: string }[] };

type Extra = JsonObject & {
  readonly entries: readonly (JsonObject & { readonly proof: readonly string[] })[];
};

const EXTRA = /^extra (.*)$/m;

/** Verifies the receipts of the vectors after their `extra` was rewritten. */
async function codesAfter(rewrite: (extra: Extra) => string): Promise<readonly string[]> {
  const trust = await readTrust(vectors.trust);
  if (!trust.ok) throw new Error(trust.failure.message);
  return Promise.all(
    vectors.valid.map(async ({ receipt }) => {
      const base64 = EXTRA.exec(receipt)?.[1] ?? '';
      const extra = JSON.parse(Buffer.from(base64, 'base64').toString()) as Extra;
      const forged = `extra ${Buffer.from(rewrite(extra)).toString('base64')}`;
      const text = receipt.replace(EXTRA, () => forged);
      const result = await verifyReceipt(text, trust.value, { primitives: nodePrimitives });
      return result.ok ? 'ok' : result.failure.code;
    }),
  );
}

const text = (value: Json): string => canonical(value) ?? '';
const withEntries = (extra: Extra, entries: readonly Json[]): string => text({ ...extra, entries });

describe('RC-2 RC-3 RC-4 no other spelling of `extra` verifies', () => {
  test('unchanged it does', async () => {
    expect(new Set(await codesAfter(text))).toEqual(new Set(['ok']));
  });
  test.each<[string, string, (extra: Extra) => string]>([
    [
      'proof hashes in lists of their own',
      'extra-malformed',
      (extra) =>
        withEntries(
          extra,
          extra.entries.map((one) => ({ ...one, proof: one.proof.map((hash) => [hash]) })),
        ),
    ],
    ['white space', 'extra-malformed', (extra) => ` ${text(extra)}`],
    ['a member twice', 'extra-malformed', (extra) => text(extra).replace(/\}$/, ',"v":1}')],
    ['another member', 'extra-malformed', (extra) => text({ ...extra, w: 1 })],
    [
      'entries in another order',
      'extra-malformed',
      (extra) => withEntries(extra, extra.entries.toReversed()),
    ],
    [
      'an entry left out',
      'stream-gap',
      (extra) => withEntries(extra, extra.entries.toSpliced(1, 1)),
    ],
    [
      'an entry twice',
      'stream-gap',
      (extra) => withEntries(extra, extra.entries.toSpliced(1, 0, ...extra.entries.slice(0, 1))),
    ],
  ])('%s: %s', async (_, code, rewrite) => {
    expect(new Set(await codesAfter(rewrite))).toEqual(new Set([code]));
  });
});
