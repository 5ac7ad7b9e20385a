import { HOSTILE, hostileCard, sampleCard, settledCard } from '@countersign/core/testing';
import { STATES, type Card, type Json } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wrongWith, type SentCard } from '../../../test/teams/card-schema.ts';
import { readCard, type Read } from '../../../test/teams/read-card.ts';
import { render } from '../src/cards/render.ts';
import { ownCard, postedCard } from '../src/cards/views.ts';

const SIXTY = Array.from({ length: 60 }, (_, i) => `29:${'m'.repeat(110)}${i}`);
const read = (card: Card): Read =>
  readCard(ownCard(card, { mayAnswer: true }).payload as unknown as SentCard);
const withArguments = (args: Json): Card =>
  sampleCard({}, { action: { ...sampleCard().view.action, arguments: args } });

describe('what is shown', () => {
  test('facts come before the claim, which is labelled and quoted (R8, A5)', () => {
    const { text } = read(sampleCard());
    const order = [
      'Export customers',
      'data-bot',
      '"table": "customers"',
      'Many rows',
      'unverified',
    ];
    const places = order.map((one) => text.indexOf(one));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).toContain('“The quarterly report needs it.”');
  });
  test('lines of a text stand behind a bar, so that none passes for an argument', () => {
    const { text } = read(withArguments({ script: 'cd /\n"limit": 1\n', limit: 2 }));
    expect(text).toContain('"script": \n  │ cd /\n  │ "limit": 1\n  │ \n"limit": 2');
  });
  test('R8: spaces are kept that a client would show as one', () => {
    const body = JSON.stringify(render(withArguments({ a: 'rm -rf x   / y' })).payload);
    expect(body).toContain('x \u00a0\u00a0/ y');
  });
  test('R8: a date stays the text it is', () => {
    const text = '{{DATE(2017-02-14T06:08:39Z, SHORT)}} {{TIME(2017-02-14T06:08:39Z)}}';
    const { active, text: shown } = read(hostileCard(text));
    expect(active).toEqual([]);
    expect(shown).toContain(text);
  });
  test.each<[Json, string]>([
    [null, 'null'],
    [5, '5'],
    ['x', '"x"'],
    [[1, { a: 'b' }], '[\n  1,\n  {\n    "a": "b"\n  }\n]'],
    [{}, '(none)'],
    [{ a: [] }, '"a": []'],
  ])('arguments of every shape are there: %j', (value, text) => {
    expect(read(withArguments(value)).text).toContain(`Exactly\n${text}\nWhy`);
  });
  test('R10: every state has a word of its own', () => {
    const words = STATES.map(
      (state) => read({ ...settled(state), isOpen: state === 'pending' }).text.split(' · ')[0],
    );
    expect(new Set(words).size).toBe(STATES.length);
    expect(read({ ...settledCard(), state: 'pending' }).text).toMatch(/^Expired/);
  });
  test('the digest is of what is shown, whoever looks', () => {
    const { shown } = render(sampleCard());
    for (const card of [
      postedCard(sampleCard(), SIXTY),
      ownCard(sampleCard(), { mayAnswer: false, note: 'No.' }),
    ])
      expect(card.shown).toEqual(shown);
    const other = render(sampleCard({}, { claim: 'Something else.' }));
    expect(other.shown.digest).not.toBe(shown.digest);
  });
});

const settled = (state: Card['state']): Card => ({ ...settledCard(), state });

describe('limits', () => {
  test('R8 A7: whatever is written into whatever field, the card is one, whole or without yes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 1_000, unit: 'grapheme' }), fc.constantFrom(...HOSTILE)),
        fc.integer({ min: 1, max: 60 }),
        (text, times) => {
          const given = text.toWellFormed().repeat(times);
          const one = hostileCard(given);
          const card = { ...one, view: { ...one.view, claim: given } };
          for (const { payload, shown } of [
            ownCard(card, { mayAnswer: true, note: given }, SIXTY),
            postedCard(card, SIXTY),
          ]) {
            expect(wrongWith(payload)).toEqual([]);
            const { answers, text: seen, active } = readCard(payload as unknown as SentCard);
            expect(active).toEqual([]);
            if (shown.complete) expect(seen.replaceAll('\n', '')).toContain(flat(given));
            else expect(answers).not.toContain('approve');
          }
        },
      ),
      { numRuns: 12 },
    );
  });
  test('what happened is left out before anything of the action is', () => {
    const line = { at: sampleCard().view.expiresAt, type: 'x', text: 'y'.repeat(900) };
    const card = sampleCard({ timeline: Array.from({ length: 30 }, () => line) });
    expect(render(card).shown.complete).toBe(true);
    expect(read(card).text).toContain('city');
  });
  test('a card without room for anything still says what it is about and where', () => {
    const text = '{{DATE'.repeat(2_000);
    const seen = read(hostileCard(text));
    expect(seen.text).toContain(sampleCard().view.approvalId);
    expect(seen.text).toContain(sampleCard().view.phrase);
    expect(seen.links).toEqual([sampleCard().link]);
    expect(seen.answers).toEqual(['deny']);
  });
});

/** As `readCard` gives it back: tabs are four spaces, spaces are spaces, and a line is its own paragraph. */
const flat = (text: string): string =>
  text.replaceAll('\t', '    ').replaceAll('\u00a0', ' ').replaceAll('\n', '');
