import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '../src/main.ts';
import { readTrust } from '../src/note/trust.ts';
import { verifyReceipt } from '../src/receipt/verify-receipt.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../docs/spec/vectors/receipt.json', import.meta.url), 'utf8'),
) as {
  readonly trust: string;
  readonly grantKeys: string;
  readonly valid: readonly { readonly name: string; readonly receipt: string }[];
};
const primitives = nodePrimitives;
const read = await readTrust(vectors.trust, { grantKeys: vectors.grantKeys, primitives });
if (!read.ok) throw new Error(read.failure.message);
const trust = read.value;
const verify = (text: string) => verifyReceipt(text, trust, { primitives });

const receipt = vectors.valid[0]?.receipt ?? '';
const bytes = Buffer.from(receipt);
const asText = (changed: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(changed);

/** The part of a receipt that a byte belongs to. */
function partOf(at: number): string {
  const ends = ['\nextra ', '\nindex ', '\n', '\n\n'].map((mark, i) =>
    bytes.indexOf(mark, i === 2 ? bytes.indexOf('\nindex ') + 1 : 0),
  );
  const part = ends.findIndex((end) => at <= end);
  return ['header', 'extra', 'index', 'proof'][part] ?? 'checkpoint';
}

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  header: ['receipt-malformed'],
  index: ['extra-malformed', 'receipt-malformed'],
  proof: ['checkpoint-malformed', 'extra-malformed', 'receipt-malformed'],
  checkpoint: [
    'checkpoint-malformed',
    'cosignature-invalid',
    'log-signature-invalid',
    'log-signature-missing',
    'origin-unknown',
    'quorum-not-met',
  ],
};
/** `extra` is long: every 29th byte of it here, every 13th of what is in it below. */
const isSampled = (at: number): boolean => partOf(at) !== 'extra' || at % 29 === 0;

const isSignature = (line: string): boolean => line.startsWith('— ');

describe('RC-3 one changed byte anywhere', () => {
  test('a byte of the file: it fails, and the code fits the part', async () => {
    const seen = new Map<string, Set<string>>();
    for (const at of bytes.keys())
      for (const mask of isSampled(at) ? [0x01, 0x20] : []) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ mask;
        const result = await verify(asText(changed));
        expect(result.ok, `byte ${at} of ${partOf(at)}`).toBe(false);
        if (result.ok) continue;
        expect(result.failure.message.length).toBeGreaterThan(10);
        seen.set(partOf(at), (seen.get(partOf(at)) ?? new Set()).add(result.failure.code));
      }
    for (const [part, codes] of Object.entries(EXPECTED))
      expect([part, [...(seen.get(part) ?? [])].toSorted()]).toEqual([part, codes]);
    expect([...(seen.get('extra') ?? [])]).toEqual(
      expect.arrayContaining(['extra-malformed', 'not-included', 'grant-signature-invalid']),
    );
  });

  test('a character of the JSON within `extra`, put back as canonical base64: it fails', async () => {
    const base64 = /^extra (.*)$/m.exec(receipt)?.[1] ?? '';
    const inner = Buffer.from(base64, 'base64');
    const codes = new Set<string>();
    for (let at = 0; at < inner.length; at += 13) {
      const changed = Buffer.from(inner);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const result = await verify(receipt.replace(base64, changed.toString('base64')));
      expect(result.ok, `inner byte ${at}: ${inner.subarray(at - 20, at + 20).toString()}`).toBe(
        false,
      );
      if (!result.ok) codes.add(result.failure.code);
    }
    expect([...codes].toSorted()).toEqual([
      'action-digest-mismatch',
      'entry-malformed',
      'extra-malformed',
      'grant-mismatch',
      'grant-signature-invalid',
      'not-included',
      'seen-digest-mismatch',
      'stream-gap',
    ]);
  });

  test('a line left out, doubled, or with a space: it fails', async () => {
    const lines = receipt.split('\n');
    for (const [i, line] of lines.entries())
      // a signature that stands there twice is still that signature (C2SP signed-note)
      for (const put of [
        [],
        ...(isSignature(line) ? [] : [[line, line]]),
        [`${line} `],
        [` ${line}`],
        [`${line}\r`],
      ])
        expect((await verify(lines.toSpliced(i, 1, ...put).join('\n'))).ok, `line ${i}`).toBe(
          false,
        );
  });
});
