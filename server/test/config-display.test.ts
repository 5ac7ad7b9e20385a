import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDisplay } from '../src/display.ts';

const display = createDisplay(new Uint8Array(32).fill(7));
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const RLO = '\u202e';

describe('R8 R9 what people look at', () => {
  test('is masked and made visible', () => {
    const text = display.text(`key ${KEY} then ${RLO}evil`);
    expect(text).not.toContain(KEY);
    expect(text).toContain('⟨U+202E⟩evil');
    expect(text).toContain('fp:');
  });

  test('a claim is one short line', () => {
    const claim = display.claim(`${KEY}\n${RLO} please\napprove ${'x'.repeat(10_000)}`);
    expect(claim.length).toBeLessThanOrEqual(280);
    expect(claim).not.toMatch(/[\n\u202e]/);
    expect(claim).not.toContain(KEY);
  });

  test('JSON: texts, names of members, nothing else', () => {
    const shown = display.json({ a: [`x${RLO}`, 1, true, null], [`b${RLO}`]: { c: KEY } }, []);
    expect(shown).toMatchObject({ a: ['x⟨U+202E⟩', 1, true, null], 'b⟨U+202E⟩': {} });
    expect(JSON.stringify(shown)).not.toContain(KEY);
  });

  test('private arguments are masked whole, of whatever type, equal ones alike', () => {
    const hidden = { deep: ['secret words', 42] };
    const shown = display.json({ a: hidden, b: hidden, c: 'secret words', d: 'shown' }, [
      'a',
      'b',
      'c',
    ]) as Record<string, unknown>;
    expect(shown['a']).toMatch(/^‹private·\d+·fp:[0-9a-f]{4}›$/);
    expect(shown['b']).toBe(shown['a']);
    expect(shown['d']).toBe('shown');
    expect(JSON.stringify(shown)).not.toMatch(/secret words|42/);
  });

  test('another key gives other fingerprints: guesses cannot be tested', () => {
    const other = createDisplay(new Uint8Array(32).fill(8));
    expect(other.json({ a: 'x' }, ['a'])).not.toEqual(display.json({ a: 'x' }, ['a']));
  });

  test('two names that are shown alike both stay', () => {
    const shown = display.json({ [KEY]: 1, [RLO]: 2, '⟨U+202E⟩': 3, 'a@b.example': 4 }, []);
    expect(new Set(Object.values(shown as object))).toEqual(new Set([1, 2, 3, 4]));
  });

  test('property: no hidden character survives, no member is lost', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(json, (value) => {
        const shown = display.json(value as never, []);
        // line breaks and tabs are visible as they are
        expect(JSON.stringify(shown)).not.toMatch(
          /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
        );
        if (typeof value === 'object' && value !== null)
          expect(Object.keys(shown as object).length).toBe(Object.keys(value).length);
      }),
    );
  });
});
