import { describe, expect, test } from 'vitest';
import { returnTo, terminalAsk } from '../src/entry/terminal.ts';
import { bundleBefore, bundlePath, entriesOf, sizeOf } from '../src/explorer/bundle.ts';
import { ago, remaining, span } from '../src/format/time.ts';
import { drawnRows } from '../src/inbox/window.ts';
import { whyNotTogether } from '../src/inbox/together.ts';
import { partAt } from '../src/policies/source.ts';
import { checkStatement, challengeOf } from '../src/review/answer.ts';
import { sqlPieces } from '../src/review/sql.ts';
import type { Statement, View } from '../src/wire.ts';
import { DANA, pageOf } from './a-page.ts';

describe('a long list', () => {
  test.each([
    [0, 600, 1_000, { from: 0, to: 15 }],
    [72 * 500, 600, 1_000, { from: 494, to: 515 }],
    [72 * 999, 600, 1_000, { from: 993, to: 1_000 }],
    [-50, 600, 3, { from: 0, to: 3 }],
    [0, 600, 0, { from: 0, to: 0 }],
  ])('scrolled to %i of height %i with %i rows', (scrollTop, height, count, expected) => {
    expect(drawnRows({ scrollTop, height, rowHeight: 72 }, count)).toEqual(expected);
  });
});

test.each([
  [0, '0 s'],
  [59_000, '59 s'],
  [3_600_000 * 2 + 300_000, '2 h 5 min'],
  [86_400_000 * 3 + 1_000, '3 d'],
])('%i ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});
test('R10: what is over says so', () => {
  expect([remaining(5, 5), remaining(65_005, 5), ago(0, 9_000)]).toEqual([
    'expired',
    '1 min left',
    'just now',
  ]);
});

describe('read together', () => {
  test.each<[Partial<View>, string | undefined]>([
    [{}, undefined],
    [{ risk: 'medium' }, 'its risk is medium: open it by itself'],
    [{ complete: false }, 'it is not wholly shown or understood: open it by itself'],
    [{ inspectable: 'none' }, 'it is not wholly shown or understood: open it by itself'],
    [{ expiresAt: 0 as View['expiresAt'] }, 'its time is over'],
  ])('%j: %s', (view, why) => {
    expect(whyNotTogether(pageOf(view), DANA, 1)).toBe(why);
  });
  test('not by somebody whose sign-in is too long ago', () => {
    expect(whyNotTogether(pageOf(), { kind: 'person', id: 'dana' }, 1)).toContain('more proof');
  });
});

describe('a terminal that wants to be signed in', () => {
  const ok = { challenge: 'a'.repeat(43), port: '8123', state: 'b'.repeat(20) };
  test('is sent back to this machine', () => {
    const ask = terminalAsk(new URLSearchParams(ok));
    expect(ask && returnTo(ask, 'c&d')).toBe(`http://127.0.0.1:8123/?code=c%26d&state=${ok.state}`);
  });
  test.each([
    { challenge: 'short' },
    { port: '80' },
    { port: '70000' },
    { port: '1e3' },
    { port: '8123@evil.example' },
    { state: '' },
    { state: 'a b c d e f g h i j' },
  ])('is refused with %j', (wrong) => {
    expect(terminalAsk(new URLSearchParams({ ...ok, ...wrong }))).toBeUndefined();
  });
});

describe('the ledger', () => {
  test('bundles lie where C2SP tlog-tiles says', () => {
    expect(bundlePath(1_234_067, 112)).toBe('tile/entries/x001/x234/067.p/112');
    expect(bundlePath(5, 256)).toBe('tile/entries/005');
    expect(bundleBefore(257)).toEqual({ index: 1, width: 1 });
    expect(bundleBefore(256)).toEqual({ index: 0, width: 256 });
    expect(sizeOf('o\n42\nroot\n\n— x y\n')).toBe(42);
  });
  test('entries keep their very text, and a bundle that is cut is refused', () => {
    const text = '{"at":5,"n":1,"stream":"act_1","type":"action.proposed","v":1}';
    const bytes = Uint8Array.from([0, text.length, ...new TextEncoder().encode(text)]);
    expect(entriesOf(bytes, 7)).toEqual([
      { index: 7, stream: 'act_1', n: 1, type: 'action.proposed', at: 5, text },
    ]);
    expect(() => entriesOf(bytes.subarray(0, 20), 0)).toThrow('within an entry');
  });
});

test('a policy is cut out of its file whole', () => {
  const file = '// a\n@id("a")\npermit (x);\n\n@id("b")\n@review("why")\nforbid (y)\nwhen { z };\n';
  expect(partAt(file, 7)).toBe('@id("b")\n@review("why")\nforbid (y)\nwhen { z };');
  expect(partAt(file, 5)).toBe('@id("b")\n@review("why")\nforbid (y)\nwhen { z };');
});

test('a statement loses no letter to its colours', () => {
  const sql = "DELETE FROM users -- 'all'\nWHERE name = 'O''Hara' /* open";
  expect(
    sqlPieces(sql)
      .map(({ text }) => text)
      .join(''),
  ).toBe(sql);
  expect(sqlPieces(sql).find(({ kind }) => kind === 'alarm')?.text).toBe('DELETE');
});

describe('what a passkey is about to sign', () => {
  const page = pageOf();
  const statement = {
    v: 1,
    origin: 'o',
    approvalId: 'apr_1',
    version: 1,
    actionDigest: page.view?.digest,
    choice: 'approve',
    person: 'dana',
    seenDigest: page.seenDigest,
    policyDigest: 'sha256:p',
    issuedAt: 1,
    expiresAt: 2,
    nonce: 'n',
  } as unknown as Statement;
  const check = async (change: Partial<Statement>, challenge?: string): Promise<string> => {
    const told = { ...statement, ...change };
    const options = { challenge: challenge ?? (await challengeOf(told)) } as never;
    return checkStatement(
      { statement: told, options },
      { approvalId: 'apr_1', page, choice: 'approve' },
      DANA,
    ).then(
      () => 'ok',
      (error: Error) => error.message,
    );
  };
  test('is what this page shows', async () => {
    expect(await check({})).toBe('ok');
  });
  test.each<Partial<Statement>>([
    { approvalId: 'apr_2' },
    { version: 2 },
    { actionDigest: 'sha256:0' },
    { seenDigest: 'sha256:0' },
    { choice: 'deny' },
    { person: 'mona' },
  ])('is refused with %j', async (change) => {
    expect(await check(change)).toContain('not what this page shows');
  });
  test('is refused when the challenge is not its hash', async () => {
    expect(await check({}, 'AAAA')).toContain('not the hash');
  });
});
