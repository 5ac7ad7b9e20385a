import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintAction, digestAction, type Action } from '../src/action/action.ts';
import { phraseOf } from '../src/action/phrase.ts';
import { validateArguments, type ActionType } from '../src/action/schema.ts';
import { canonical, written, writtenOnce } from '../src/canonical.ts';
import { hmac } from '../src/crypto.ts';
import { packFact, unpackFact } from '../src/facts.ts';
import { isId, makeId } from '../src/ids.ts';
import { parseJson } from '../src/json.ts';
import { TypedFact } from '../src/judgement.ts';
import { instant, parseDuration, toIso } from '../src/time.ts';

describe('R2 JSON from outside', () => {
  test.each([
    ['{"a":1,"a":2}', '$', 'duplicate member `a`'],
    ['{"a":{"b":[1,{"c":1,"c":1}]}}', '$.a.b[1]', 'duplicate member `c`'],
    ['{"__proto__":{}}', '$', 'member `__proto__` is refused'],
    ['{"\\u005f_proto__":{}}', '$', 'member `__proto__` is refused'],
    ['{"n":NaN}', '$.n', 'not a JSON value'],
    ['{"n":9007199254740993}', '$.n', 'integer beyond'],
    ['{"n":1e400}', '$.n', 'out of range'],
    ['{"s":"\\ud800"}', '$.s', 'lone surrogate'],
    ['"a\nb"', '$', 'control character'],
    ['"abc', '$', 'unterminated'],
    ['"\\x"', '$', 'bad escape'],
    ['[1,]', '$[1]', 'not a JSON value'],
    ['{"a":1', '$', 'expected `,` or `}`'],
    ['', '$', 'unexpected end'],
    ['1 2', '$', 'unexpected text'],
    ['01', '$', 'unexpected text'],
    ['['.repeat(200), '$', 'nested deeper than 32'],
  ])('%s is refused with its place', (source, path, message) => {
    const parsed = parseJson(source);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.error.message).toContain(message);
    expect(parsed.error.path.startsWith(path)).toBe(true);
  });

  test('whatever JSON.stringify writes comes back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        const isOurs = !/"__proto__"/.test(text) && noBigIntegers(value);
        const parsed = parseJson(text);
        if (isOurs && text.isWellFormed())
          expect(parsed).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('nothing is read that JSON.parse would not read the same, whatever the members are called', () => {
    const names = fc.constantFrom('a', 'b', '1', 'constructor', 'hasOwnProperty', '\\u0061');
    const scalars = fc.constantFrom(
      '1',
      '-0',
      '1.5e3',
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\ud800"',
      '"\\n"',
    );
    const { value: texts } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        scalars,
        fc.array(tie('value'), { maxLength: 3 }).map((all) => `[${all.join(',')}]`),
        fc
          .array(fc.tuple(names, tie('value')), { maxLength: 4 })
          .map((all) => `{${all.map(([name, one]) => `"${name}" :${one}`).join(', ')}}`),
      ),
    }));
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseJson(text);
        const value: unknown = JSON.parse(text);
        if (parsed.ok) expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(value));
        else expect(parsed.error.message).toMatch(/^duplicate member|^lone surrogate/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('any text at all is a value or a refusal, never a throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseJson(text)));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'[]{}",:\\u0123e+-.tfn ') }),
        (text) => void parseJson(text),
      ),
    );
  });
});

const noBigIntegers = (value: unknown): boolean =>
  typeof value === 'number'
    ? !Number.isInteger(value) || Number.isSafeInteger(value)
    : typeof value !== 'object' || value === null || Object.values(value).every(noBigIntegers);

describe('canonical JSON (RFC 8785)', () => {
  test('what is written once stands for its value in every text around it, and is held to the same depth', () => {
    const value = { b: [1, { c: 'x' }], a: '"' };
    expect(canonical({ z: 0, m: written(value, '.m', 1) })).toBe(canonical({ z: 0, m: value }));
    expect(canonical([written(value, '[0]', 1)])).toBe(canonical([value]));
    let deep: unknown = 1;
    for (let i = 0; i < 63; i++) deep = [deep];
    expect(canonical({ m: written(deep, '.m', 1) })).toBe(canonical({ m: deep }));
    expect(() => written([deep], '.m', 1)).toThrow(
      expect.objectContaining({ path: `$.m${'[0]'.repeat(63)}` }),
    );
    const frozen = Object.freeze({ a: 1 });
    const changing = { a: 1 };
    expect(writtenOnce(frozen, '.m', 1)).toBe(writtenOnce(frozen, '.m', 1));
    expect(writtenOnce(changing, '.m', 1).text).toBe('{"a":1}');
    changing.a = 2;
    expect(writtenOnce(changing, '.m', 1).text).toBe('{"a":2}');
    // what only looks like it is data like any other
    expect(canonical({ m: { text: '1' } })).toBe('{"m":{"text":"1"}}');
  });
  test('members by UTF-16 code units, ECMAScript numbers, minus zero', () => {
    expect(canonical({ '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4, '\ufb33': 5 })).toBe(
      '{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude00":4,"\ufb33":5}',
    );
    expect(canonical([333333333.3333333, 1e30 / 1e15, 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,1000000000000000,4.5,0.002,1e-27,0]',
    );
  });

  test.each([
    ['undefined', { a: undefined }],
    ['a hole', [, 1]], // oxlint-disable-line no-sparse-arrays -- the case under test
    ['NaN', [Number.NaN]],
    ['2^53', { n: 2 ** 53 }],
    ['a lone surrogate', '\ud800'],
    ['a Map', new Map()],
    ['a function', { f: () => 1 }],
    ['a bigint', [1n]],
    ['depth 70', Array.from({ length: 70 }).reduce((inner: unknown) => [inner], 1)],
  ])('refuses %s', (_, value) => {
    expect(() => canonical(value)).toThrow(expect.objectContaining({ code: 'not-canonical' }));
  });

  test('equal values have equal text in any order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (record) => {
        const turned = Object.fromEntries(Object.entries(record).toReversed());
        expect(canonical(turned)).toBe(canonical(record));
      }),
    );
  });
});

const TYPE: ActionType = {
  name: 't',
  version: 1,
  resource: 'R',
  arguments: {
    id: { type: 'integer', minimum: 1 },
    mode: { type: 'string', enum: ['soft', 'hard'], default: 'soft' },
    tags: { type: 'array', items: { type: 'string', maxLength: 3 }, optional: true },
    to: { type: 'object', fields: { host: { type: 'string' } }, optional: true },
    note: { type: 'string', presentational: true, optional: true },
  },
};

describe('arguments', () => {
  test.each([
    [{}, '$.id', 'is required'],
    [{ id: '7' }, '$.id', 'must be of type integer'],
    [{ id: 0 }, '$.id', 'is below 1'],
    [{ id: 1, mode: 'x' }, '$.mode', 'must be one of'],
    [{ id: 1, extra: 1 }, '$.extra', 'unknown argument'],
    [{ id: 1, tags: ['abcd'] }, '$.tags[0]', 'is longer than 3'],
    [{ id: 1, to: { host: 'h', port: 1 } }, '$.to.port', 'unknown argument'],
    [{ id: 1, constructor: 1 }, '$.constructor', 'unknown argument'],
    [[], '$', 'must be an object'],
  ])('%j is refused at its place', (given, path, message) => {
    const checked = validateArguments(TYPE, given);
    expect(checked).toMatchObject({
      ok: false,
      error: { path, message: expect.stringContaining(message) },
    });
  });

  test('T6 T7 defaults are filled before digesting; presentational fields stay out', () => {
    const a = validateArguments(TYPE, { id: 7, note: 'one' });
    const b = validateArguments(TYPE, { id: 7, mode: 'soft', note: 'two' });
    expect(a.ok && b.ok && canonical(a.value.bound) === canonical(b.value.bound)).toBe(true);
    expect(a.ok && Object.isFrozen(a.value.bound)).toBe(true);
  });
});

describe('R3 the action digest', () => {
  const action: Action = {
    v: 1,
    type: 't',
    schemaVersion: 1,
    resource: { type: 'R', id: 'r' },
    arguments: { id: 7 },
    lineage: { agent: 'bot', owner: 'mona', editors: [], delegators: [] },
    credential: null,
    gate: 'api',
  };
  const changes: readonly (readonly [string, Partial<Action>])[] = [
    ['argument', { arguments: { id: 8 } }],
    ['agent', { lineage: { ...action.lineage, agent: 'other' } }],
    ['owner', { lineage: { ...action.lineage, owner: 'other' } }],
    ['resource', { resource: { type: 'R', id: 'other' } }],
    ['credential', { credential: 'env:OTHER' }],
    ['schema version', { schemaVersion: 2 }],
  ];
  test.each(changes)('a changed %s is another digest and another fingerprint', (_, change) => {
    const key = new Uint8Array(32);
    expect(digestAction({ ...action, ...change }, 's')).not.toBe(digestAction(action, 's'));
    expect(fingerprintAction({ ...action, ...change }, key)).not.toBe(
      fingerprintAction(action, key),
    );
  });

  test('R9 the same action has another digest under another salt, the same fingerprint', () => {
    expect(digestAction(action, 's')).not.toBe(digestAction(action, 't'));
    expect(fingerprintAction(action, new Uint8Array(32))).toBe(
      fingerprintAction(action, new Uint8Array(32)),
    );
  });
});

test('POL-9 typed facts survive packing; their mark cannot come from data', () => {
  const facts = {
    when: TypedFact.datetime('2026-01-01T00:00:00.000Z'),
    by: [TypedFact.entity('Person', 'ana')],
    n: 1,
  };
  expect(unpackFact(packFact(facts))).toEqual(facts);
  expect(() => packFact({ deep: { $fact: ['entity', 'Env', 'dev'] } })).toThrow('reserved');
});

test('A22 ids carry 128 random bits, sort by time, and are recognised', () => {
  const id = makeId('act', instant(1_700_000_000_000), new Uint8Array(16).fill(255));
  const later = makeId('act', instant(1_700_000_000_001), new Uint8Array(16));
  expect(id < later).toBe(true);
  expect(isId('act', id)).toBe(true);
  expect(
    [`${id}x`, id.toUpperCase(), 'act_', 'apr_' + id.slice(4)].some((text) => isId('act', text)),
  ).toBe(false);
});

test('durations and moments', () => {
  expect(['30s', '15m', '2h', '1d', '0s', '1.5h', '5', '-1m'].map(parseDuration)).toEqual([
    30_000,
    900_000,
    7_200_000,
    86_400_000,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(toIso(instant(0))).toBe('1970-01-01T00:00:00.000Z');
});

test('any moment is written as JavaScript writes it', () => {
  const moments = fc.oneof(
    fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
    fc.integer({ min: 1_700_000_000_000, max: 1_700_200_000_000 }),
    fc.constantFrom(-1, 0, 86_399_999, 86_400_000, -86_400_000, 253_402_300_800_000),
  );
  fc.assert(
    fc.property(moments, (ms) => {
      expect(toIso(instant(ms))).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2_000 },
  );
  expect(() => toIso(instant(Number.NaN))).toThrow(RangeError);
});

test('the phrase is four words of the first 64 bits', () => {
  expect(phraseOf(`sha256:7f000001${'0'.repeat(56)}`)).toBe('lusab-babad-babab-babab');
});

test('HMAC-SHA-256 answers RFC 4231 cases 1 and 2', () => {
  expect(hmac(new Uint8Array(20).fill(0x0b), 'Hi There')).toBe(
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
  expect(hmac(new TextEncoder().encode('Jefe'), 'what do ya want for nothing?')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});
