// Every violation planted into a ledger that is sound without it: no check that cannot fail.
import type { StoredEntry } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { check } from '../check.ts';
import type { Ack, Evidence } from '../evidence.ts';
import type { Violation } from '../violation.ts';
import {
  actionOf,
  begun,
  event,
  evidenceOf,
  executed,
  granted,
  heard,
  idOf,
  ledgerOf,
  redeemed,
  rootOf,
  sound,
  START,
  voted,
  type Line,
} from './story.ts';

const rulesOf = (violations: readonly Violation[]): readonly string[] => [
  ...new Set(violations.map(({ rule }) => rule)),
];

const found = (
  entries: readonly StoredEntry[],
  acks: readonly Ack[] = [],
  other: Partial<Evidence> = {},
): readonly string[] =>
  rulesOf(check(entries, { ...evidenceOf(entries, acks), ...other }).violations);

const inLedger = (lines: readonly Line[], acks: readonly Ack[] = [], other?: Partial<Evidence>) =>
  found(ledgerOf(lines), acks, other);

test('a sound ledger and what its clients hold: nothing to say', () => {
  const entries = ledgerOf(sound());
  const { violations, actions } = check(entries, evidenceOf(entries, heard()));
  expect(violations).toEqual([]);
  expect([actions, entries.length]).toEqual([2, 14]);
});

describe('the log', () => {
  const entries = ledgerOf(sound());
  test('an entry is missing', () => {
    const rest = entries.toSpliced(3, 1);
    expect(found(rest, [], { head: { size: 14, root: rootOf(entries) } })).toEqual(
      expect.arrayContaining(['seq-gap', 'stream-gap', 'root-differs']),
    );
  });
  test('the last entries are missing', () => {
    const head = { size: 14, root: rootOf(entries) };
    expect(found(entries.slice(0, 13), [], { head })).toEqual(['root-differs']);
  });
  test('a byte is another', () => {
    const [first, ...rest] = entries;
    if (!first) throw new Error('no entries');
    const changed = { ...first, entry: first.entry.replace('crm', 'crn') };
    expect(found([changed, ...rest], [], { head: { size: 14, root: rootOf(entries) } })).toEqual([
      'root-differs',
    ]);
  });
  test('a replica served a head of another log', () => {
    const checkpoints = [{ size: 4, root: rootOf(entries, 5), from: 'replica-2' }];
    expect(found(entries, [], { checkpoints })).toEqual(['checkpoint-differs']);
  });
  test('a replica served a head that was lost', () => {
    const checkpoints = [{ size: 15, root: rootOf(entries), from: 'replica-2' }];
    expect(found(entries, [], { checkpoints })).toEqual(['checkpoint-differs']);
  });
  test('a stream counts wrongly', () => {
    const wrong = entries.map((entry, i) => (i === 3 ? { ...entry, version: 9 } : entry));
    expect(found(wrong)).toContain('stream-gap');
  });
  test('an entry is no JSON', () => {
    const wrong = entries.map((entry, i) => (i === 13 ? { ...entry, entry: '{' } : entry));
    expect(found(wrong)).toEqual(['not-an-entry']);
  });
});

describe('the story', () => {
  test.each<[string, string, Line[]]>([
    ['a vote on what is settled', 'illegal-event', [...sound(), voted(1, 'ana')]],
    ['a run without an end, then a second', 'illegal-event', [...begun(1, 'allow'), executed(1)]],
    [
      'a unit of which only the beginning was written',
      'illegal-event',
      begun(1, 'review').slice(0, 2),
    ],
    [
      'redeemed without a vote',
      'released-without-permission',
      [
        ...begun(1, 'review'),
        event(1, 'approval.approved'),
        [actionOf(1), granted(1)],
        redeemed(1),
      ],
    ],
    [
      'redeemed with too few votes',
      'released-without-permission',
      [...begun(1, 'review'), voted(1, 'ana'), [actionOf(1), granted(1)], redeemed(1)],
    ],
    [
      'redeemed before the second vote was there',
      'released-without-permission',
      [
        ...begun(1, 'review'),
        voted(1, 'ana'),
        [actionOf(1), granted(1)],
        redeemed(1),
        voted(1, 'ben'),
      ],
    ],
    [
      'redeemed with votes of people of other groups',
      'released-without-permission',
      [
        ...begun(1, 'review'),
        voted(1, 'ana', { groups: ['x'] }),
        voted(1, 'ben', { groups: ['x'] }),
        [actionOf(1), granted(1)],
        redeemed(1),
      ],
    ],
    [
      'redeemed against a no',
      'released-without-permission',
      [
        ...begun(1, 'review'),
        voted(1, 'ana'),
        voted(1, 'ben'),
        voted(1, 'cyd', { choice: 'deny' }),
        [actionOf(1), granted(1)],
        redeemed(1),
      ],
    ],
    [
      'redeemed without a grant',
      'released-without-permission',
      [...begun(1, 'allow').slice(0, 2), redeemed(1)],
    ],
    ['redeemed twice', 'redeemed-twice', [...begun(1, 'allow'), redeemed(1), redeemed(1)]],
    [
      'redeemed again once it is over',
      'redeemed-twice',
      [...begun(1, 'allow'), redeemed(1), executed(1), redeemed(1)],
    ],
    ['the owner voted', 'vote-excluded', [...begun(1, 'review'), voted(1, 'mona')]],
    [
      'one person voted twice',
      'vote-invalid',
      [...begun(1, 'review'), voted(1, 'ana'), voted(1, 'ana')],
    ],
    ['a vote after expiry', 'vote-invalid', [...begun(1, 'review'), voted(1, 'ana', { late: 60 })]],
    [
      'a vote of somebody who was not asked',
      'vote-invalid',
      [...begun(1, 'review'), voted(1, 'ana', { groups: ['x'] })],
    ],
    [
      'a vote on another approval',
      'vote-invalid',
      [...begun(1, 'review'), voted(1, 'ana', { approval: 2 })],
    ],
    [
      'one more than may wait',
      'cap-exceeded',
      [1, 2, 3].flatMap((n) => begun(n, 'review', 'agent-1')),
    ],
  ])('%s: %s', (_, rule, lines) => {
    expect(inLedger(lines)).toContain(rule);
  });
  test('as many as may wait, and one more once one is settled: nothing to say', () => {
    const lines = [
      ...begun(1, 'review', 'agent-1'),
      ...begun(2, 'review', 'agent-1'),
      event(1, 'approval.cancelled', { by: 'agent-1' }),
      ...begun(3, 'review', 'agent-1'),
    ];
    expect(inLedger(lines)).toEqual([]);
  });
  test('the same action waits twice: twins-open', () => {
    const twin = begun(2, 'review').map(([stream, fact]): Line => [
      stream,
      { ...fact, fingerprint: 'print-1' } as typeof fact,
    ]);
    expect(inLedger([...begun(1, 'review'), ...twin])).toEqual(['twins-open']);
  });
});

const expired = (seconds: number): Line => [
  actionOf(1),
  { type: 'approval.expired', at: (START + seconds * 1000) as never },
];

describe('time', () => {
  const long = { window: { from: START, to: START + 200_000 } };
  test.each([
    ['a second early', 60, ['due-early']],
    ['in time', 61, []],
    ['as late as may be', 66, []],
    ['too late', 67, ['due-late']],
  ])('it expires %s', (_, seconds, rules) => {
    expect(inLedger([...begun(1, 'review'), expired(seconds)], [], long)).toEqual(rules);
  });
  test('it never expires: due-late', () => {
    expect(inLedger(begun(1, 'review'), [], long)).toEqual(['due-late']);
  });
  test('too late, but nobody was there', () => {
    const outages = [{ from: START + 50_000, to: START + 90_000 }];
    const at = (seconds: number) =>
      inLedger([...begun(1, 'review'), expired(seconds)], [], { ...long, outages });
    expect([at(95), at(96)]).toEqual([[], ['due-late']]);
  });
  test.each([-300, 300])('a clock %s seconds away: clock-strayed', (seconds) => {
    const strayed = begun(2, 'allow').map(([stream, fact]): Line => [
      stream,
      { ...fact, at: (fact.at + seconds * 1000) as never },
    ]);
    expect(inLedger([...begun(1, 'allow'), ...strayed])).toContain('clock-strayed');
  });
  test('lateness is measured', () => {
    const entries = ledgerOf([...begun(1, 'review'), expired(63)]);
    const { lateness } = check(entries, { ...evidenceOf(entries, []), ...long });
    expect(lateness).toEqual([2_000]);
  });
});

describe('what clients hold', () => {
  const [id, other] = [actionOf(1), actionOf(9)];
  const proposed = { kind: 'proposed', id, agent: 'a', key: 'k', isUnique: true } as const;
  const OTHER = `sha256:${'f'.repeat(64)}`;
  test.each<[string, string, Ack[]]>([
    ['a proposal', 'ack-lost', [{ ...proposed, id: other }]],
    [
      'a vote',
      'ack-lost',
      [{ kind: 'voted', approvalId: idOf('apr', 2), person: 'cyd', choice: 'approve' }],
    ],
    [
      'the other choice',
      'ack-lost',
      [{ kind: 'voted', approvalId: idOf('apr', 2), person: 'ana', choice: 'deny' }],
    ],
    ['an outcome', 'ack-lost', [{ kind: 'reported', id, outcome: 'failed' }]],
    ['an answer', 'ack-lost', [{ kind: 'told', id: other, state: 'denied' }]],
    ['another end', 'told-otherwise', [{ kind: 'told', id, state: 'denied' }]],
    ['two actions of one key', 'key-doubled', [proposed, { ...proposed, id: actionOf(2) }]],
    ['another action released', 'released-other', [{ kind: 'redeemed', id, digest: OTHER }]],
    ['a run without an entry', 'ran-unpermitted', [{ kind: 'ran', id: other }]],
    [
      'two runs',
      'ran-twice',
      [
        { kind: 'ran', id },
        { kind: 'ran', id },
      ],
    ],
  ])('%s: %s', (_, rule, acks) => {
    expect(inLedger(sound(), acks)).toEqual([rule]);
  });
  test('two releases of one grant: redeemed-twice', () => {
    const released = heard().filter(({ kind }) => kind === 'redeemed');
    expect(inLedger(sound(), [...released, ...released])).toEqual(['redeemed-twice']);
  });
  test('a run of what was only allowed: ran-unpermitted', () => {
    expect(inLedger(begun(1, 'allow'), [{ kind: 'ran', id }])).toEqual(['ran-unpermitted']);
  });
  test('a release without an entry: ack-lost', () => {
    const acks: Ack[] = [{ kind: 'redeemed', id, digest: OTHER }];
    expect(inLedger(begun(1, 'allow'), acks)).toEqual(['ack-lost']);
  });
  test('told it was approved, and it was not: told-otherwise', () => {
    const acks: Ack[] = [{ kind: 'told', id, state: 'approved' }];
    expect(inLedger(begun(1, 'review'), acks)).toEqual(['told-otherwise']);
  });
  test('a key whose action was recorded twice: key-doubled', () => {
    const twin = begun(2, 'allow').map(([stream, fact]): Line => [
      stream,
      { ...fact, fingerprint: 'print-1' } as typeof fact,
    ]);
    expect(inLedger([...begun(1, 'allow'), ...twin], [proposed])).toEqual(['key-doubled']);
  });
});
