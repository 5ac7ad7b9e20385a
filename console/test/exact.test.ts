import { canonical as coreCanonical, sha256 as coreSha256 } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonical, digestOf } from '../src/exact/canonical.ts';
import { checkIntegrity } from '../src/exact/integrity.ts';
import { phraseOf } from '../src/exact/phrase.ts';
import { isHidden, isMasked, piecesOf } from '../src/exact/pieces.ts';
import type { ApprovalPage, Json, View } from '../src/wire.ts';
import { pageOf } from './a-page.ts';

const VALUES: readonly Json[] = [
  null,
  [],
  {},
  { b: 1, a: [true, false, null], '\u20AC': 'x', '\u{1F600}': 'y', '\uFB33': 'z' },
  { numbers: [0, -0, 1.5, 1e-7, 9_007_199_254_740_991] },
  { text: '\u2028 \\ " \n \u0007 é \u202E' },
  JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as Json,
];

describe('canonical form', () => {
  test.each(VALUES.map((value) => [value]))('is that of the gateway: %j', async (value) => {
    expect(canonical(value)).toBe(coreCanonical(value));
    expect(await digestOf(value)).toBe(coreSha256(coreCanonical(value)));
  });
  test.each([[Number.NaN], [Infinity], [2 ** 53], ['\uD800'], [{ a: '\uDC00' }]])(
    'there is none of %j',
    (value) => {
      expect(() => canonical(value as Json)).toThrow('no canonical form');
    },
  );
});

/** A page whose digest is right. */
async function soundPage(view: Partial<View> = {}): Promise<ApprovalPage> {
  const page = pageOf({ phrase: phraseOf(pageOf().status.digest), ...view });
  return { ...page, seenDigest: (await digestOf(page.view as Json)) as ApprovalPage['seenDigest'] };
}
const whyNot = async (page: ApprovalPage, id = 'apr_1'): Promise<string | undefined> => {
  const found = await checkIntegrity(page, id);
  return found.ok ? undefined : found.why;
};

describe('R3: what is shown is what is recorded', () => {
  test('a sound page holds', async () => {
    expect(await whyNot(await soundPage())).toBeUndefined();
  });
  test.each<[string, (view: View) => Partial<View>]>([
    ['an argument', (view) => ({ action: { ...view.action, arguments: { table: 'orders' } } })],
    ['a number as text', (view) => ({ action: { ...view.action, arguments: { limit: '10' } } })],
    ['the headline', () => ({ headline: 'Read one row' })],
    ['the risk', () => ({ risk: 'high' })],
    ['completeness', () => ({ complete: false })],
    ['a member that was added', () => ({ approved: true }) as Partial<View>],
  ])('a changed page is an alarm: %s', async (_, change) => {
    const page = await soundPage();
    if (!page.view) throw new Error('the page has a view');
    const changed = { ...page, view: { ...page.view, ...change(page.view) } };
    expect(await whyNot(changed)).toBe('what is shown does not hash to what would be recorded');
  });
  test('the page of another request, version or action is an alarm', async () => {
    const page = await soundPage();
    expect(await whyNot(page, 'apr_2')).toBe('this is the page of another request');
    expect(await whyNot({ ...page, version: 2 })).toBe('this is another version of the request');
    const status = { ...page.status, id: 'act_2' } as ApprovalPage['status'];
    expect(await whyNot({ ...page, status })).toContain('another action');
    expect(await whyNot(await soundPage({ phrase: 'a-b-c-d' }))).toContain('phrase');
  });
});

const shown = (text: string): string =>
  piecesOf(text)
    .map(({ kind, text: part }) => (kind === 'plain' ? part : `[${kind} ${part}]`))
    .join('');

describe('R8: untrusted text', () => {
  test.each([
    ['plain\nwith\ttabs', 'plain\nwith\ttabs'],
    ['a⟨U+202E⟩b', 'a[hidden ⟨U+202E⟩]b'],
    ['raw \u202E and \u200B', 'raw [hidden ⟨U+202E⟩] and [hidden ⟨U+200B⟩]'],
    ['\u0007\u001B[31m', '[hidden ⟨U+0007⟩][hidden ⟨U+001B⟩][31m'],
    ['key ‹secret.aws-key·40·fp:9c1e›!', 'key [masked ‹secret.aws-key·40·fp:9c1e›]!'],
    ['‹Approved by security›', '‹Approved by security›'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ])('%j is drawn as it is', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });
  test('10,000 characters lose none', () => {
    const text = 'pad\u200B'.repeat(2_500);
    expect(piecesOf(text).filter(({ kind }) => kind === 'hidden')).toHaveLength(2_500);
  });
  test('what is veiled is known', () => {
    expect(isHidden('a⟨U+202E⟩')).toBe(true);
    expect(isHidden('a\nb')).toBe(false);
    expect(isMasked('x ‹pii.email·12·fp:00ff›')).toBe(true);
    expect(isMasked('‹b›')).toBe(false);
  });
});
