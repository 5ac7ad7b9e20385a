import {
  HOSTILE,
  hostileCard,
  sampleCard,
  sampleView,
  settledCard,
} from '@countersign/core/testing';
import { canonical, instant, visible, type Card, type Json } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complaints, isTooLong } from '../../../test/slack/limits.ts';
import { buttonsOf, readBlocks } from '../../../test/slack/look.ts';
import { lintBlocks, renderCard, type Block } from '../src/index.ts';
import { plain, richText, run, section } from '../src/blocks.ts';

const textOf = (card: Card): string => readBlocks(renderCard(card).payload);
const labels = (card: Card): readonly unknown[] =>
  buttonsOf(renderCard(card).payload).map(({ action_id: id }) => id);

const long = (length: number): Card => hostileCard('x'.repeat(length));
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const button = (more: object): Block => ({
  type: 'actions',
  elements: [{ type: 'button', action_id: 'a', text: plain('A'), ...more }],
});

/** Numbers that are not exact never become arguments. */
function isExact(value: unknown): boolean {
  try {
    return canonical(value) !== '';
  } catch {
    return false;
  }
}

describe('a card', () => {
  test('reads in this order: facts, arguments, why, the agent, where it stands, answers', () => {
    expect(textOf(sampleCard())).toMatchInlineSnapshot(`
      "Export customers from crm
      Agent: data-bot
      Owner: Mona Owner (mona)
      Action: crm.export
      On: Database crm
      Tables: customers
      Rows: 2,500
      Risk: medium
      Inspectable: full
      Arguments
      {
        "columns": [
          "name",
          "city"
        ],
        "limit": 2500,
        "table": "customers"
      }
      Why: Many rows leave the database (large-export)
      May not answer: Mona Owner (mona) owns the agent
      apr_01hkz0w1e00123456789abcdefghjkmnpqrs · palin-mulup-tubim-vagal · until 2023-11-14 22:43 UTC
      Written by the agent, not verified:
      The quarterly report needs it.
      Waiting for a decision
      data-owners: 0 of 1 (chat)
      [Approve] [Deny…] [Open in console]"
    `);
  });
  test('of what is settled: the last word, who, when and why, and no answers', () => {
    const text = textOf(settledCard('denied'));
    expect(text).toContain('Denied');
    expect(text).toContain('Ana Analyst denied\nlooked at *every* row <!here>');
    expect(labels(settledCard('denied'))).toEqual(['open']);
  });
  test('A7: says why a click does not do, and what does', () => {
    expect(textOf(sampleCard({ approve: 'sign', because: 'assurance' }))).toContain(
      '[Review & sign]',
    );
    expect(textOf(sampleCard({ approve: 'console', because: 'critical' }))).toContain(
      'Critical actions',
    );
    expect(textOf(sampleCard({ approve: 'console', because: 'confirm' }))).toContain(
      '[Review in console]',
    );
    expect(labels(sampleCard({ approve: 'sign', because: 'assurance' }))).toEqual(['deny', 'open']);
  });
  test('the confirmation repeats the operation and its target', () => {
    const [approve] = buttonsOf(renderCard(sampleCard()).payload);
    expect(JSON.stringify(approve?.['confirm'])).toContain('crm.export on Database crm');
  });
  test('A5 A6: a value cannot pass for another line of ours', () => {
    const details = [{ label: 'Tables', value: 'customers\nRisk: low\nApproved ✅' }];
    const lines = textOf(sampleCard({}, { details, risk: 'critical' })).split('\n');
    expect(lines.filter((line) => line.startsWith('Risk: '))).toEqual(['Risk: critical']);
    expect(lines).toContain('Tables: customers ⏎ Risk: low ⏎ Approved ✅');
  });
  test('the digest is of what is read, not of the buttons', () => {
    const one = renderCard(sampleCard());
    const other = renderCard(sampleCard({}, { version: 4 }));
    expect(other.shown).toEqual(one.shown);
    expect(other.payload).not.toEqual(one.payload);
    expect(renderCard(sampleCard({}, { risk: 'high' })).shown.digest).not.toBe(one.shown.digest);
  });
});

describe('T11: whatever it holds, Slack takes it', () => {
  const wide = '漢'.repeat(2_000);
  const cards: readonly (readonly [string, Card])[] = [
    ...HOSTILE.map((text) => [text, hostileCard(text)] as const),
    ['40,000 characters', long(40_000)],
    ['at the edge of a header', long(150)],
    ['past it', long(151)],
    ['nothing', hostileCard('')],
    ['blanks', hostileCard(' \n\t ')],
    ['wide characters', hostileCard(wide)],
    ['pairs', hostileCard('🙈'.repeat(3_000))],
    ['many details', sampleCard({}, { details: many(500, { label: 'l', value: 'v' }) })],
    ['many reasons', sampleCard({}, { why: many(80, { policies: many(50, 'p'), text: 'w' }) })],
    ['many people', sampleCard({}, { excluded: many(300, { human: 'mona', because: 'b' }) })],
    [
      'many events',
      sampleCard({
        timeline: many(300, { at: instant(0), type: 'x', text: 't', quote: 'q'.repeat(900) }),
      }),
    ],
    ['many groups', sampleCard({ progress: many(40, sampleCard().progress).flat() })],
  ];
  test.each(cards)('%#', (_, card) => {
    for (const one of [card, { ...card, isOpen: false, state: 'denied' as const }]) {
      const { payload, shown } = renderCard(one);
      expect(lintBlocks(payload, 'message')).toBe(undefined);
      expect(complaints(payload, 50)).toEqual([]);
      expect(isTooLong(payload)).toBe(false);
      const ids = buttonsOf(payload).map(({ action_id: id }) => id);
      if (!shown.complete) expect(ids).not.toContain('approve');
      expect(ids).toContain('open');
    }
  });
  test.each([
    ['headline', { headline: 'x'.repeat(1_001) }],
    [
      'resource',
      { action: { ...sampleView().action, resource: { type: 'D', id: 'x'.repeat(300) } } },
    ],
    ['argument', { action: { ...sampleView().action, arguments: { a: 'x'.repeat(3_000) } } }],
    ['argument of many lines', { action: { ...sampleView().action, arguments: many(80, 'x') } }],
    ['detail', { details: [{ label: 'Rows', value: 'x'.repeat(501) }] }],
    ['view', { complete: false }],
  ])('A7: a %s that is not there whole takes the yes away', (_, more) => {
    const card = sampleCard({}, more);
    expect(renderCard(card).shown.complete).toBe(false);
    expect(labels(card)).toEqual(['deny', 'open']);
    expect(textOf(card)).toContain('[Review in console]');
  });
});

describe('before anything is sent', () => {
  test.each([
    ['51 blocks', many(51, { type: 'divider' })],
    ['no blocks', []],
    ['mrkdwn', [{ type: 'section', text: { type: 'mrkdwn', text: '*x*' } }]],
    ['mrkdwn in a context', [{ type: 'context', elements: [{ type: 'mrkdwn', text: 'x' }] }]],
    ['emoji', [{ type: 'header', text: { type: 'plain_text', text: ':x:', emoji: true } }]],
    ['a header of 151', [{ type: 'header', text: plain('x'.repeat(151)) }]],
    ['an empty text', [richText(section(run('')))]],
    ['a mention', [richText(section({ type: 'broadcast', range: 'here' }))]],
    ['a link elsewhere', [richText(section({ type: 'link', url: 'javascript:x' }))]],
    ['11 elements', [{ type: 'context', elements: many(11, plain('x')) }]],
    ['26 buttons', [{ type: 'actions', elements: many(26, button({})) }]],
    ['a long value', [button({ value: 'x'.repeat(2_001) })]],
    ['a long label', [button({ text: plain('x'.repeat(76)) })]],
    ['a long address', [button({ url: `https://x.example/${'x'.repeat(3_000)}` })]],
    [
      'a long confirmation',
      [button({ confirm: { type: 'confirm', text: plain('x'.repeat(301)) } })],
    ],
    [
      'a block_id twice',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
    ],
    ['a newer block', [{ type: 'card', elements: [] }]],
    ['too much in all', many(6, richText(section(run('x'.repeat(3_000)))))],
  ])('%s is found', (_, blocks) => {
    expect(lintBlocks(blocks, 'message')).toBeTypeOf('string');
  });
});

test('R8: any text in any place is shown or left out, and never makes what Slack refuses', () => {
  const code = fc.integer({ min: 0, max: 0xffff });
  const word = fc.array(code, { maxLength: 120 }).map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(word, word, fc.jsonValue({ maxDepth: 2 }).filter(isExact), (one, last, value) => {
      const other = `${last}\ud800`;
      const text = visible(one).text;
      const card = hostileCard(text, {
        names: { mona: other },
        timeline: [{ at: instant(0), type: 'x', text: other, quote: other }],
      });
      const view = { ...card.view, action: { ...card.view.action, arguments: value as Json } };
      for (const drawn of [card, { ...card, view }]) {
        const { payload } = renderCard(drawn);
        expect(lintBlocks(payload, 'message')).toBe(undefined);
        expect(complaints(payload, 50)).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});
