import type { ApprovalItem, ApprovalPage } from '@countersign/api';
import { digestView, type View } from '@countersign/core';
import { HOSTILE, sampleView } from '@countersign/core/testing';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { keysOf } from '../src/watch/keys.ts';
import { EMPTY, type Effect, type Happening, type Model } from '../src/watch/model.ts';
import { drawn, isTooSmall, pageLines, roomOf } from '../src/watch/screen.ts';
import { step } from '../src/watch/step.ts';
import { openTerminal } from './terminal.ts';

const NOW = 1_800_000_000_000;
const item = (n: number, more: Partial<ApprovalItem> = {}): ApprovalItem => ({
  approvalId: `apr_${n}`,
  actionId: `act_${n}`,
  version: 1,
  state: 'pending',
  headline: `Export table ${n}`,
  type: 'crm.export',
  resource: { type: 'Database', id: 'crm' },
  risk: 'medium',
  agent: 'data-bot',
  owner: 'mona',
  createdAt: new Date(NOW).toISOString(),
  expiresAt: new Date(NOW + n * 600_000).toISOString(),
  progress: { have: 0, need: 1 },
  assurance: 'chat',
  isMine: false,
  may: { vote: true, confirm: false },
  ...more,
});

const pageOf = (view: Partial<View> = {}, more: Partial<ApprovalPage> = {}): ApprovalPage => {
  const shown = sampleView({ approvalId: 'apr_1', ...view });
  return {
    view: shown,
    version: shown.version,
    seenDigest: digestView(shown),
    may: { vote: true, confirm: false },
    votes: [],
    status: { state: 'pending', approvalId: 'apr_1' },
    ...more,
  } as unknown as ApprovalPage;
};

/** A person at a terminal of some size, and what their keys came to. */
function person(columns = 100, rows = 60) {
  let now = NOW;
  let model: Model = EMPTY;
  const effects: Effect[] = [];
  const { io: base } = openTerminal({ cwd: '/' }, true);
  const io = { ...base, columns: () => columns, rows: () => rows, now: () => now };
  const around = () => ({
    now,
    code: () => 'xy',
    lines: pageLines(io, model).length,
    room: roomOf(io),
  });
  const happens = (happening: Happening): void => {
    const next = step(model, happening, around());
    effects.push(...next.effects);
    model = step(
      next.model,
      { type: 'drawn' },
      { ...around(), lines: pageLines(io, next.model).length },
    ).model;
  };
  return {
    happens,
    press: (text: string): void => {
      for (const key of keysOf(text)) happens({ type: 'key', key });
    },
    wait: (ms: number): void => void (now += ms),
    model: () => model,
    effects,
    take: () => effects.splice(0),
    lines: () => drawn(io, model, pageLines(io, model)),
    text: () => drawn(io, model, pageLines(io, model)).map(stripVTControlCharacters).join('\n'),
  };
}
type Person = ReturnType<typeof person>;

/** Someone who has opened the first request. */
function reader(page = pageOf(), size: readonly [number, number] = [100, 60]): Person {
  const one = person(...size);
  one.happens({ type: 'listed', items: [item(1)] });
  one.press('\r');
  one.happens({ type: 'loaded', page });
  one.take();
  return one;
}

describe('keys', () => {
  test.each([
    ['\u001b[A', ['up']],
    ['\u001bOB', ['down']],
    ['\u001b[5~\u001b[6~', ['page-up', 'page-down']],
    ['\u001b', ['escape']],
    ['\u001b\u001b', ['escape', 'escape']],
    ['\r\n', ['enter', 'enter']],
    ['\u0003', ['interrupt']],
    ['\u001b[200~a\u001b[201~', ['unknown', 'a', 'unknown']],
    ['\u001ba', ['unknown']],
    ['\u001b[1;5A\u0001', ['unknown', 'unknown']],
    ['ä😀', ['ä', '😀']],
  ])('%j is %j', (text, names) => {
    expect(keysOf(text).map((key) => (key.name === 'char' ? key.char : key.name))).toEqual(names);
  });
});

describe('the list', () => {
  test('soonest expiry first; moving, and staying on the same request whatever comes and goes', () => {
    const one = person();
    one.happens({ type: 'listed', items: [item(3), item(1), item(2)] });
    expect(one.text()).toMatch(
      /3 wait for you[\s\S]*> 10 min.*table 1[\s\S]*table 2[\s\S]*table 3/,
    );
    one.press('jj');
    expect(one.model().selected).toBe('apr_3');
    one.press('k\u001b[A\u001b[A');
    expect(one.model().selected).toBe('apr_1');
    one.press('j');
    one.happens({ type: 'listed', items: [item(0), item(2), item(1), item(3)] });
    expect(one.model().selected, 'A13').toBe('apr_2');
    one.happens({ type: 'listed', items: [item(1), item(3)] });
    expect(one.model().selected).toBe('apr_3');
    one.happens({ type: 'listed', items: [] });
    expect(one.text()).toContain('nothing waits for you');
    one.press('\radjk');
    expect(one.take()).toEqual([]);
    one.press('q');
    expect(one.take()).toEqual([{ do: 'end', exitCode: 0 }]);
  });
  test('A10: a and d in the list show the request, and ask nothing yet', () => {
    for (const key of ['a', 'd']) {
      const one = person();
      one.happens({ type: 'listed', items: [item(1)] });
      one.press(key);
      expect(one.take()).toEqual([{ do: 'load', id: 'apr_1' }]);
      one.press('xy\r');
      one.happens({ type: 'loaded', page: pageOf() });
      one.press('xy\r');
      expect(one.model().place).not.toHaveProperty('question');
      expect(one.text()).toContain('palin-mulup-tubim-vagal');
      expect(one.take()).toEqual([]);
    }
  });
  test('a change makes it look again, and at the request that is open if it is that one', () => {
    const one = reader();
    one.happens({ type: 'changed', id: 'apr_2' });
    expect(one.take()).toEqual([{ do: 'list' }]);
    one.happens({ type: 'changed' });
    expect(one.take()).toEqual([{ do: 'list' }, { do: 'load', id: 'apr_1' }]);
  });
});

const answer = (page: ApprovalPage, verb: string, more: object = {}) => [
  { do: 'answer', page, verb, ...more },
];

describe('A13 a decision', () => {
  test('yes: the code, after half a second', () => {
    const page = pageOf();
    const one = reader(page);
    one.press('a');
    expect(one.text()).toContain('Type XY to approve [no] …');
    one.wait(499);
    one.press('xy\r');
    expect(one.take()).toEqual([]);
    one.wait(1);
    expect(one.text()).toContain('Type XY to approve [no]: _');
    one.press('XY\r');
    expect(one.take()).toEqual(answer(page, 'approve'));
    expect(one.model().place).not.toHaveProperty('question');
  });
  test.each(['\r', 'y\r', 'yes\r', 'yx\r', 'xyz\r', 'xy\u001b', 'x\u007fy\r', ' \r'])(
    '%j is a no',
    (keys) => {
      const one = reader();
      one.press('a');
      one.wait(500);
      one.press(keys);
      expect(one.take()).toEqual([]);
      expect(one.text()).toContain('nothing was decided');
    },
  );
  test('no: why, then the code; each after half a second', () => {
    const page = pageOf();
    const one = reader(page);
    one.press('d');
    one.press('too early');
    one.wait(500);
    one.press('not tonigth\u007f\u007fht \r');
    one.press('xy\r');
    expect(one.text()).toContain('You are about to deny this, "not tonight"');
    one.wait(500);
    one.press('xy\r');
    expect(one.take()).toEqual(answer(page, 'deny', { reason: 'not tonight' }));
  });
  test('a no without a reason, and one that was thought better of', () => {
    const page = pageOf();
    const one = reader(page);
    one.press('d');
    one.wait(500);
    one.press('hm\u001b');
    expect(one.text()).toContain('nothing was decided');
    one.press('d');
    one.wait(500);
    one.press('\r');
    one.wait(500);
    one.press('xy\r');
    expect(one.take()).toEqual(answer(page, 'deny'));
  });
  test('whoever it acts for confirms, which is no approval', () => {
    const page = pageOf({}, { may: { vote: false, confirm: true } });
    const one = reader(page);
    one.press('a');
    one.wait(500);
    expect(one.text()).toContain('Type XY to confirm [no]');
    one.press('xy\r');
    expect(one.take()).toEqual(answer(page, 'confirm'));
  });
  test.each([
    ['another version', { version: 4 }],
    ['a settled one', { status: { state: 'cancelled', approvalId: 'apr_1' } }],
    ['another view', { seenDigest: 'sha256:other' }],
  ])('the question goes where it becomes %s', (_, more) => {
    const one = reader();
    one.press('a');
    one.wait(500);
    one.press('x');
    one.happens({ type: 'loaded', page: pageOf({}, more as Partial<ApprovalPage>) });
    one.press('y\rxy\r');
    expect(one.text()).toContain('it changed while you were asked');
    expect(one.take()).toEqual([]);
  });
  test('it stays where only somebody else has voted, and while the list changes', () => {
    const one = reader();
    one.press('a');
    one.wait(500);
    one.press('x');
    const votes = [{ person: 'ana', choice: 'approve', assurance: 'chat', at: '' }];
    const page = pageOf({}, { votes } as unknown as Partial<ApprovalPage>);
    one.happens({ type: 'loaded', page });
    one.happens({ type: 'listed', items: [] });
    one.happens({ type: 'told', note: 'something' });
    one.press('y\r');
    expect(one.take()).toEqual(answer(page, 'approve'));
  });
});

describe('what is not decided here', () => {
  test.each<[string, Partial<View>, Partial<ApprovalPage>]>([
    ['more than a click', {}, { may: { vote: true, confirm: false, needs: 'passkey' } }],
    [
      'out of reach by this session',
      {},
      { may: { vote: false, confirm: false, because: 'assurance-too-low', needs: 'session' } },
    ],
    ['not whole', { complete: false }, {}],
  ])('%s goes to the browser; a no is taken', (_, view, more) => {
    const one = reader(pageOf(view, more));
    one.press('a');
    expect(one.take()).toEqual([{ do: 'browse', id: 'apr_1' }]);
    one.press('d');
    one.wait(500);
    one.press('\r');
    one.wait(500);
    one.press('xy\r');
    expect(one.take()).toMatchObject([{ do: 'answer', verb: 'deny' }]);
  });
  test.each<[string, Partial<ApprovalPage>]>([
    ['excluded', { may: { vote: false, confirm: false, because: 'excluded' } }],
    [
      'denied: there is nothing to decide',
      { status: { state: 'denied', approvalId: 'apr_1' } as never },
    ],
    ['erased', { view: undefined } as never],
    ['do not decide', { seenDigest: 'sha256:00' }],
  ])('R5 R3: whoever may not is told why: %s', (why, more) => {
    const one = reader(pageOf({}, more));
    for (const key of ['a', 'd']) {
      one.press(key);
      one.wait(500);
      expect(one.text()).toContain(why);
      one.press('xy\r');
      expect(one.take()).toEqual([]);
    }
  });
  test('A7: what was not scrolled through is not approved; a no is taken', () => {
    const args = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`field${i}`, i]));
    const action = { ...sampleView().action, arguments: args };
    const one = reader(pageOf({ action }), [80, 24]);
    one.press('a');
    expect(one.text()).toContain('read it to the end first');
    one.press('G');
    one.press('gG');
    one.press('a');
    one.wait(500);
    one.press('xy\r');
    expect(one.take(), 'the middle was jumped over').toEqual([]);
    for (let i = 0; i < 10; i++) one.press(' ');
    one.happens({ type: 'resized' });
    one.press('a');
    expect(one.text()).toContain('read it to the end first');
    for (let i = 0; i < 10; i++) one.press(' ');
    one.press('a');
    one.wait(500);
    one.press('xy\r');
    expect(one.take()).toMatchObject([{ do: 'answer', verb: 'approve' }]);
  });
});

/** All that we ever send between characters. */
const COLOURS = new Set([1, 2, 22, 31, 32, 39].map((n) => `\u001b[${n}m`));

describe('R8 A6: the screen', () => {
  // what `visible` of the gateway lets through, and what it would not
  const RAW = [
    '\u001b[2J\u001b[H\u001b]0;title\u0007',
    'a\r\n> 1 s  Approved by everybody',
    '\u202egnp.exe',
    '\u009b31m',
  ];
  const SIZES: readonly (readonly [number, number])[] = [
    [32, 8],
    [40, 12],
    [80, 24],
    [200, 60],
  ];
  test.each(SIZES)(
    '%i×%i: nothing of others moves, colours or runs over the edge',
    (columns, rows) => {
      for (const text of [...HOSTILE, ...RAW, 'x'.repeat(5_000), '漢'.repeat(300)]) {
        const view: Partial<View> = {
          headline: text,
          details: [{ label: text.slice(0, 20), value: text }],
          claim: text,
          action: {
            ...sampleView().action,
            resource: { type: 'Database', id: text },
            arguments: { [text]: text },
          },
        };
        const one = reader(pageOf(view), [columns, rows]);
        const listed = person(columns, rows);
        listed.happens({ type: 'listed', items: [item(1, { headline: text, agent: text })] });
        listed.happens({ type: 'told', note: text });
        for (const lines of [one.lines(), listed.lines()]) {
          expect(lines).toHaveLength(rows);
          for (const line of lines) {
            const bare = line.replaceAll(/\p{Cc}\[\d+m/gu, (code) =>
              COLOURS.has(code) ? '' : code,
            );
            expect(/[\p{Cc}\p{Cf}]/u.test(bare)).toBe(false);
            expect([...bare].length).toBeLessThanOrEqual(columns);
          }
        }
      }
    },
  );
  test('a long word is broken behind a mark: no piece of it begins a line of ours', () => {
    const one = reader(pageOf({ headline: `${'x'.repeat(31)}  risk          low` }), [32, 40]);
    expect(
      one
        .text()
        .split('\n')
        .filter((line) => /^ {2}risk/.test(line)),
    ).toEqual(['  risk          medium']);
  });
  test('where there is no room nothing is shown, and nobody is asked', () => {
    const one = person(20, 5);
    one.happens({ type: 'listed', items: [item(1)] });
    expect(one.text()).toContain('terminal');
    one.press('a');
    one.happens({ type: 'loaded', page: pageOf() });
    one.press('a');
    one.wait(500);
    one.press('xy\r');
    expect(one.take()).toEqual([{ do: 'load', id: 'apr_1' }]);
    expect(
      isTooSmall({ ...openTerminal({ cwd: '/' }, true).io, columns: () => 32, rows: () => 8 }),
    ).toBe(false);
  });
});
