import type { Person } from '../directory.ts';
import type { Instant } from '../time.ts';
import type { Escalation, Vote } from './event.ts';
import type { Requirement } from './requirement.ts';

/** One step that was taken. */
export type Escalated = Pick<Escalation, 'step' | 'policies' | 'groups'> & {
  readonly at: Instant;
  /** How many votes there were before: they were not cast for it. */
  readonly after: number;
};

type Course = { readonly votes: readonly Vote[]; readonly escalated?: readonly Escalated[] };

/** The steps taken, with one more. */
export const escalatedWith = (
  { votes, escalated = [] }: Course,
  { step, policies, groups, at }: Escalation,
): readonly Escalated[] => [...escalated, { step, policies, groups, at, after: votes.length }];

/**
 * Groups whose members may serve a requirement: its own, and those of steps that were taken and that it still has. Policy may
 * have changed since the request (R6), so that both are compared.
 */
export function groupsAsked(
  { groups, policies, escalation = [] }: Requirement,
  taken: readonly Escalated[] = [],
): readonly string[] {
  const steps = escalation.filter((step) =>
    taken.some(
      (one) =>
        one.policies.some((id) => policies.includes(id)) &&
        one.groups.join('\n') === step.groups.join('\n'),
    ),
  );
  return steps.length === 0
    ? groups
    : [...new Set([...groups, ...steps.flatMap((step) => step.groups)])];
}

/** A requirement as if every step were taken already. */
export const fullyEscalated = ({ escalation = [], ...rest }: Requirement): Requirement => ({
  ...rest,
  groups: [...rest.groups, ...escalation.flatMap(({ groups }) => groups)],
});

type Asked = Pick<Course, 'escalated'> & {
  readonly asked?: { readonly requirements: readonly Requirement[] };
};

/** Whether a person is among those who are asked: by a group of their own, or of somebody they stand for. */
export function isAmongAsked({ asked, escalated }: Asked, person: Person): boolean {
  const own = new Set([person, ...(person.standsFor ?? [])].flatMap(({ groups }) => groups));
  return (asked?.requirements ?? []).some((one) =>
    groupsAsked(one, escalated).some((group) => own.has(group)),
  );
}
