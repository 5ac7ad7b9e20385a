import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { quoteClaim, visible } from '../src/masking/visible.ts';

describe('R8: what hides is made visible', () => {
  test.each([
    ['bidi override', 'a\u202Eb', 'a⟨U+202E⟩b'],
    ['isolate', '\u2066x\u2069', '⟨U+2066⟩x⟨U+2069⟩'],
    ['zero width', 'a\u200Bb\u2060\uFEFF', 'a⟨U+200B⟩b⟨U+2060⟩⟨U+FEFF⟩'],
    ['ANSI escape', '\u001B[31mred', '⟨U+001B⟩[31mred'],
    ['carriage return', 'rm\recho', 'rm⟨U+000D⟩echo'],
    ['backspace, NUL, DEL, C1', '\b\0\u007F\u009B', '⟨U+0008⟩⟨U+0000⟩⟨U+007F⟩⟨U+009B⟩'],
    ['lone surrogates', '\uD800x\uDC00', '⟨U+D800⟩x⟨U+DC00⟩'],
    ['tag characters', 'a\u{E0041}', 'a⟨U+E0041⟩'],
    ['variation selectors', 'a\uFE01', 'a⟨U+FE01⟩'],
    ['Hangul filler', '\u3164', '⟨U+3164⟩'],
    ['braille blank', '\u2800', '⟨U+2800⟩'],
    ['odd spaces', 'a\u00A0b\u3000c', 'a⟨U+00A0⟩b⟨U+3000⟩c'],
    ['line separator', 'a\u2028b', 'a⟨U+2028⟩b'],
    ['soft hyphen', 'pass\u00ADword', 'pass⟨U+00AD⟩word'],
    ['our own brackets', '⟨U+202E⟩', '⟨U+27E8⟩U+202E⟨U+27E9⟩'],
    ['stacked marks', `a${'\u0301'.repeat(5)}`, 'a\u0301\u0301\u0301⟨U+0301⟩⟨U+0301⟩'],
  ])('%s', (_, text, shown) => {
    expect(visible(text).text).toBe(shown);
  });

  test.each([
    'plain text, 100 %',
    'line\nbreak\ttab',
    'Grüße, naïve café',
    'Привет, как дела у вас',
    '日本語のiPhone版',
    'λ-Kalkül: α und β',
    '😀 ok',
  ])('%s stays', (text) => {
    expect(visible(text)).toEqual({ text, lookalikes: [] });
  });

  test.each([
    ['mixed scripts', 'p\u0430ypal', 'p⟨U+0430⟩ypal'],
    [
      'a whole word that imitates',
      'go to \u0440\u0430\u0441\u0435 now',
      '⟨U+0440⟩⟨U+0430⟩⟨U+0441⟩⟨U+0435⟩',
    ],
    ['Greek omicron', 'g\u03BFogle', 'g⟨U+03BF⟩ogle'],
    ['full width', '\uFF52\uFF4D -rf', '⟨U+FF52⟩⟨U+FF4D⟩'],
    ['mathematical letters', '\u{1D42B}\u{1D426}', '⟨U+1D42B⟩⟨U+1D426⟩'],
  ])('look-alikes: %s', (_, text, named) => {
    const shown = visible(text);
    expect(shown.lookalikes).toEqual([named]);
    expect(shown.text).toContain(named);
  });

  test('whatever comes, nothing that hides is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text).text).not.toMatch(
          /[^\P{C}\n\t]|[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/u,
        );
      }),
    );
  });
});

describe("A5: an agent's claim is one short plain line", () => {
  test.each([
    ['short', 'short'],
    ['two\nlines\r\n  and   spaces', 'two lines and spaces'],
    ['\u202Eevil', '⟨U+202E⟩evil'],
  ])('%j', (text, quoted) => {
    expect(quoteClaim(text)).toBe(quoted);
  });
  test('at most 280 characters, the cut shown, no mark cut in half', () => {
    for (const text of [
      'x'.repeat(281),
      '\u202E'.repeat(300),
      '😀'.repeat(300),
      ' '.repeat(5_000) + 'x'.repeat(600),
    ]) {
      const quoted = quoteClaim(text);
      expect(quoted.length).toBeLessThanOrEqual(280);
      expect(quoted.endsWith('…')).toBe(true);
      expect(quoted.isWellFormed()).toBe(true);
      expect(quoted).not.toMatch(/⟨[^⟩]*$|⟨[^⟩]*…/);
    }
  });
});
