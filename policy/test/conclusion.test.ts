import type { Requirement } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { combine } from '../src/combine.ts';
import { concludeFrom, rulebookOf } from '../src/verdict.ts';
import { loadGood, MAY_EXPORT } from './sample.ts';

const forbid = (id: string, head: string): string =>
  `@id("${id}") ${head}\nforbid (principal, action == Countersign::Action::"sql.export", resource) when { context.sql.rows > 1 };`;
const set = loadGood({
  'a.cedar': `${MAY_EXPORT}\n${forbid('z-stop', '@reason("Z")')}\n${forbid('a-stop', '@reason("A")')}
${forbid('dark', '@reason("D") @mode("shadow")')}`,
  'b.review.cedar': `${forbid('z-ask', '@review("Z") @approvers("security")')}
${forbid('a-ask', '@review("A") @approvers("dba")')}\n${forbid('sure', '@confirm("S")')}`,
});
const book = rulebookOf(set, 'cedar');
const PERMIT = 'may-export';

const rows: readonly (readonly [matched: string, erred: string, code: string])[] = [
  [`${PERMIT} z-stop z-ask`, 'a-stop a-ask', 'forbidden'],
  ['z-stop', PERMIT, 'forbidden'],
  [`${PERMIT} z-ask`, 'a-stop', 'policy-error'],
  [PERMIT, 'sure', 'policy-error'],
  ['', 'z-ask', 'policy-error'],
  ['z-ask sure', '', 'no-permit'],
  ['dark', PERMIT, 'no-permit'],
  [`${PERMIT} z-ask`, 'dark', 'needs-review'],
  [`${PERMIT} sure`, '', 'needs-review'],
  [`${PERMIT} dark`, 'dark', 'permitted'],
];
const listed = (ids: string): readonly string[] => ids.split(' ').filter((id) => id !== '');

describe('the conclusion', () => {
  test.each(rows)('POL-10 POL-11 matched [%s], erred [%s]: %s', (matched, erred, code) => {
    const answer = { type: 'answered', matched: listed(matched), erred: listed(erred) } as const;
    const verdict = { 'needs-review': 'review', permitted: 'allow' }[code] ?? 'deny';
    expect(concludeFrom(book, answer)).toMatchObject({ code, verdict });
  });
  test('POL-10 a failed engine and a request that does not fit are denials', () => {
    expect(concludeFrom(book, { type: 'trapped' })).toMatchObject({
      verdict: 'deny',
      code: 'engine-trap',
    });
    expect(concludeFrom(book, { type: 'invalid' })).toMatchObject({
      verdict: 'deny',
      code: 'request-invalid',
    });
  });
  test('POL-13 lists are sorted, whatever order the engine names them in', () => {
    const asked = concludeFrom(book, {
      type: 'answered',
      matched: ['z-ask', 'sure', PERMIT, 'a-ask'],
      erred: [],
    });
    expect(asked.matched.review).toEqual(['a-ask', 'sure', 'z-ask']);
    const stopped = concludeFrom(book, {
      type: 'answered',
      matched: ['z-stop', 'a-stop'],
      erred: ['z-ask', 'a-ask'],
    });
    expect(stopped).toMatchObject({ matched: { forbid: ['a-stop', 'z-stop'] } });
    expect(stopped.errors.map(({ policy }) => policy)).toEqual(['a-ask', 'z-ask']);
  });
});

describe('requirements', () => {
  const one: Requirement = {
    kind: 'review',
    groups: ['dba'],
    quorum: 1,
    assurance: 'passkey',
    expiresMs: 1_000,
    exclude: ['subject'],
    stage: 1,
    distinct: false,
    risk: 'low',
    policies: ['a'],
    why: ['A'],
  };
  const other: Requirement = {
    ...one,
    quorum: 3,
    assurance: 'chat',
    expiresMs: 5_000,
    exclude: ['owner-team'],
    risk: 'critical',
    policies: ['b'],
    why: ['B'],
  };
  test('POL-12 equal ones merge to the strictest of each, and no stricter', () => {
    expect(combine([other, one])).toEqual([
      {
        ...one,
        quorum: 3,
        risk: 'critical',
        exclude: ['owner-team', 'subject'],
        policies: ['a', 'b'],
        why: ['A', 'B'],
      },
    ]);
  });
  test.each([
    ['kind', { kind: 'confirm' }],
    ['stage', { stage: 2 }],
    ['groups', { groups: ['security'] }],
    ['distinct', { distinct: true }],
  ] as const)('POL-12 another %s adds up', (_, more) => {
    expect(combine([one, { ...other, ...more }])).toHaveLength(2);
  });
});
