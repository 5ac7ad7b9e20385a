import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folded } from '../src/fold.ts';

describe('R8 what does not fit the terminal stays under its own label', () => {
  const claim = `    > "${'sync '.repeat(12)}  you           may approve"`;

  test.each([
    ['a field', `  why           ${'more rows '.repeat(9)}`, /^( {2}why| {16})/],
    ['a claim', claim, /^ {4}> /],
    ['a claim without spaces', `    > "${'x'.repeat(200)}"`, /^ {4}> /],
    ['a claim of wide characters', `    > "${'確認'.repeat(60)}"`, /^ {4}> /],
    ['an argument', `      "note": "${'a b '.repeat(40)}"`, /^ {6}("note"| {4})/],
    ['a headline', 'Export '.repeat(20), /^(Export| {4}Export)/],
  ])('%s', (_, line, start) => {
    const lines = folded(line, 60).split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const one of lines) {
      expect(one).toMatch(start);
      expect(one.trimEnd().length).toBeLessThanOrEqual(60);
    }
  });

  test.each([
    ['a digest, which is copied', `  digest        sha256:${'0'.repeat(64)}`],
    ['what fits', '  state         pending'],
    ['emphasis, which takes no room', `\u001b[1m${'x'.repeat(59)}\u001b[22m`],
  ])('%s stays one line', (_, line) => {
    expect(folded(line, 60)).toBe(line);
  });

  test('nothing is left out', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 30, max: 120 }), (text, columns) => {
        const line = `    > ${text.replaceAll(/\p{Cc}/gu, '')}`;
        const rest = folded(line, columns).split('\n');
        expect(rest.map((one, i) => (i === 0 ? one : one.slice(6))).join('')).toBe(line);
      }),
    );
  });
});
