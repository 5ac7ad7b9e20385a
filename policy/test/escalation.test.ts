import type { Requirement } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { combine } from '../src/combine.ts';
import { load, loadGood } from './sample.ts';

const review = (more: string): string =>
  `@id("r") @review("why") @approvers("dba") @expires("1h")\n${more}\nforbid (principal, action == Countersign::Action::"sql.ddl", resource);`;
const requirementOf = (more: string): Requirement | undefined =>
  loadGood({ 'a.review.cedar': review(more) }).policies[0]?.requirement;

test('POL-18 POL-19 what is written is demanded, and nothing where it is not', () => {
  expect(
    requirementOf('@escalate("20m: security; 45m: platform-oncall, data-owners")'),
  ).toMatchObject({
    escalation: [
      { afterMs: 1_200_000, groups: ['security'] },
      { afterMs: 2_700_000, groups: ['data-owners', 'platform-oncall'] },
    ],
  });
  expect(requirementOf('@remind("5m, 15m")')?.remindMs).toEqual([300_000, 900_000]);
  expect(Object.keys(requirementOf('') ?? {})).not.toContain('escalation');
  expect(Object.keys(requirementOf('') ?? {})).not.toContain('remindMs');
});

test.each([
  ['four steps', '@escalate("1m: a; 2m: b; 3m: c; 4m: d")', 'annotation-invalid', /up to 3 rising/],
  ['falling times', '@escalate("20m: security; 10m: data-owners")', 'annotation-invalid', /rising/],
  ['no group', '@escalate("20m")', 'annotation-invalid', /security-leads/],
  ['an empty group', '@escalate("20m: security,")', 'annotation-invalid', /security-leads/],
  ['a step when it has expired', '@escalate("60m: security")', 'annotation-invalid', /@expires/],
  ['a step to those who are asked', '@escalate("20m: dba")', 'annotation-invalid', /neither/],
  ['a group nobody knows', '@escalate("20m: securty")', 'group-unknown', /known: data-owners/],
  ['six reminders', '@remind("1m,2m,3m,4m,5m,6m")', 'annotation-invalid', /up to 5/],
  ['one reminder twice', '@remind("5m, 5m")', 'annotation-invalid', /rising/],
  ['a reminder too late', '@remind("5m, 2h")', 'annotation-invalid', /@expires/],
] as const)('POL-18 POL-19 %s refuses the load, with line and hint', (_, text, code, hint) => {
  const loaded = load({ 'a.review.cedar': review(text) });
  if (loaded.ok) throw new Error('loaded');
  expect(loaded.problems[0]).toMatchObject({
    code,
    line: 2,
    hint: expect.stringMatching(hint) as string,
  });
});

test('POL-18 only a review escalates', () => {
  const text = review('@escalate("20m: security")')
    .replace('@review', '@confirm')
    .replace('@approvers("dba")', '');
  const loaded = load({ 'a.review.cedar': text });
  expect(!loaded.ok && loaded.problems[0]?.code).toBe('annotation-unknown');
});

test('POL-18 a group that is empty or too far away is told at the annotation', () => {
  const groups = { dba: 1, security: 0 };
  const loaded = load({ 'a.review.cedar': review('@escalate("20m: security")') }, { groups });
  expect(!loaded.ok && loaded.problems[0]).toMatchObject({ code: 'group-empty', line: 2 });
});

describe('together', () => {
  const base = requirementOf('');
  if (!base) throw new Error('no requirement');
  const steps = [{ afterMs: 1, groups: ['security'] }];
  test('POL-18 a review that asks nobody later is met by its own groups still', () => {
    expect(combine([base, { ...base, escalation: steps, policies: ['e'] }])).toHaveLength(2);
    expect(
      combine([
        { ...base, escalation: steps },
        { ...base, escalation: steps },
      ]),
    ).toHaveLength(1);
  });
  test('POL-19 reminders of all, each once, in order', () => {
    const merged = combine([base, { ...base, remindMs: [3, 9] }, { ...base, remindMs: [3, 10] }]);
    expect(merged.map(({ remindMs }) => remindMs)).toEqual([[3, 9, 10]]);
  });
});
