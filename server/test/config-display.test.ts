import { shellExec } from '@countersign/gate-exec';
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

  test.each(['\u200b', '\u2060', '\u00ad', RLO, '\u001b[0m', '\ufe0f', '\u2028'])(
    'a secret split by %j is masked like a whole one, wherever it stands',
    (by) => {
      const split = [...KEY].join(by);
      const whole = display.text(KEY);
      expect(whole).toMatch(/^‹secret.aws-key-id·20·fp:[0-9a-f]{4}›$/);
      expect(display.text(split)).toBe(whole);
      expect(display.claim(`use ${split} please`)).toBe(`use ${whole} please`);
      expect(display.json({ a: [split], [`n ${split}`]: { deep: `${split}.` } }, [])).toEqual({
        a: [whole],
        [`n ${whole}`]: { deep: `${whole}.` },
      });
    },
  );

  test('a command is masked before it is made visible: a split secret is found in every line', () => {
    const split = [...KEY].join('\u200b');
    const understood = shellExec.understand({
      type: 'shell.exec',
      resource: { type: 'Host', id: 'h' },
      arguments: {
        argv: ['deploy', `--key=${split}`, `/srv/${split}/x`],
        cwd: `/home/${split}`,
        binary: { path: '/bin/deploy', sha256: 'a'.repeat(64) },
        env: [],
        stdin: null,
        identity: null,
      },
    });
    if (!understood.ok) throw new Error(understood.error.message);
    const { headline, details, bound } = understood.value;
    const lines = [headline, ...details.map(({ value }) => value)].map(display.text);
    const shown = JSON.stringify([lines, display.json(bound, [])]);
    expect(shown).not.toMatch(/A(?:⟨U\+200B⟩|\u200b)?K(?:⟨U\+200B⟩|\u200b)?I/);
    expect(lines[0]).toContain(`--key=${display.text(KEY)}`);
    expect(shown).not.toContain('U+27E8');
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
