import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Approval } from '../src/approval/approval.ts';
import { createGatekeeper, type Gatekeeper } from '../src/gatekeeper.ts';
import type { Ballot } from '../src/ballot.ts';
import { courseOf } from '../src/change.ts';
import type { Agent, Person } from '../src/directory.ts';
import type { ActionId } from '../src/ids.ts';
import type { Exclude, Requirement } from '../src/approval/requirement.ts';
import { after } from '../src/time.ts';
import { endorseWaiver } from '../src/waiver/endorse.ts';
import { proposeWaiver } from '../src/waiver/propose.ts';
import { openOffice, person, requirement, review, type Office } from './office.ts';

// R5 over any lineage and any course of calls: whoever stands behind an action is never counted and never approves it.

const GROUPS = ['g0', 'g1'];
const LONG = { ms: 3_600_000, uses: 9 };
/** In everything that can be asked, and in nobody's lineage. */
const INDEPENDENT = ['i0', 'i1', 'i2', 'i3'];
/** May stand behind an action, each with a second account. */
const INSIDERS = ['a', 'b', 'c', 'd', 'e'];
const ACCOUNTS = [...INSIDERS, ...INSIDERS.map((id) => `${id}-2`)];

const insider = fc.constantFrom(...ACCOUNTS);
const lineages = fc.record({
  owner: insider,
  actsFor: fc.uniqueArray(insider, { maxLength: 3 }),
  delegators: fc.uniqueArray(insider, { maxLength: 2 }),
  onBehalfOf: fc.option(fc.nat()),
  startedBy: fc.option(fc.nat()),
  subject: fc.option(insider),
  team: fc.uniqueArray(insider, { maxLength: 3 }),
});
type Setting = typeof lineages extends fc.Arbitrary<infer T> ? T : never;

const requirements: fc.Arbitrary<readonly Requirement[]> = fc
  .array(
    fc.record({
      groups: fc.subarray(GROUPS, { minLength: 1 }),
      quorum: fc.integer({ min: 1, max: 2 }),
      stage: fc.integer({ min: 1, max: 2 }),
      distinct: fc.boolean(),
      exclude: fc
        .subarray<Exclude>(['owner-team', 'subject'])
        .map((all) => ['requester', ...all] as const),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .chain((all) =>
    fc.boolean().map((isConfirmed) => [
      // everybody whom policy asks may also break the glass, and all of it may be waived: only R5 stands against them
      ...all.map((one, i) =>
        requirement({ ...one, policies: [`p${i}`], breakGlass: GROUPS, waivable: LONG }),
      ),
      ...(isConfirmed ? [requirement({ kind: 'confirm', groups: [], policies: ['c'] })] : []),
    ]),
  );

const step = fc.record({
  do: fc.constantFrom(
    'vote',
    'vote',
    'confirm',
    'edit',
    'revoke',
    'close',
    'cancel',
    'redeem',
    'recheck',
    'break-glass',
    'waive',
  ),
  /** Among those who may not answer at this moment; an edit may be anybody's but the independent, who then may not. */
  who: fc.nat(),
  isNo: fc.boolean(),
  isOldVersion: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An office whose agent, people and policy are those of a setting. */
function openWith(
  setting: Setting,
  asked: readonly Requirement[],
): { office: Office; gatekeeper: Gatekeeper } {
  const office = openOffice(review(...asked));
  const groupsOf = (id: string): readonly string[] => [
    ...GROUPS,
    ...(setting.team.includes(id) ? ['team'] : []),
  ];
  office.people = [
    ...INDEPENDENT.map((id) => person(id, GROUPS)),
    ...ACCOUNTS.map((id) => person(id, groupsOf(id), { human: id.replace('-2', '') })),
  ];
  const { owner, actsFor, delegators } = setting;
  const agent: Agent = { ...office.agent, owner, actsFor, delegators, ownerTeam: 'team' };
  office.agent = agent;
  const { subject } = setting;
  const { gateOf } = office.parts;
  const parts = {
    ...office.parts,
    gateOf: (type: string) => {
      const gate = gateOf(type);
      if (!gate || subject === null) return gate;
      const { understand } = gate;
      return {
        ...gate,
        understand: (proposal: Parameters<typeof understand>[0]) => {
          const understood = understand(proposal);
          return understood.ok
            ? { ok: true as const, value: { ...understood.value, subject } }
            : understood;
        },
      };
    },
  };
  return { office, gatekeeper: createGatekeeper(parts) };
}

type Origin = Pick<Setting, 'owner' | 'delegators' | 'subject' | 'team'> & {
  readonly onBehalfOf: string | undefined;
  readonly startedBy: string | undefined;
};

/** Humans who may not answer. Written again on purpose, from what DESIGN says and nothing that was recorded. */
function behind(
  { owner, delegators, onBehalfOf, startedBy, subject, team }: Origin,
  editors: readonly string[],
  asked: readonly Requirement[],
): ReadonlySet<string> {
  const excludes = asked.flatMap(({ exclude }) => exclude);
  const named = [
    owner,
    onBehalfOf,
    startedBy,
    ...delegators,
    ...editors,
    ...(excludes.includes('owner-team') ? team : []),
    ...(excludes.includes('subject') && subject !== null ? [subject] : []),
  ];
  return new Set(named.flatMap((id) => (id === undefined ? [] : [id.replace('-2', '')])));
}

const pick = <T>(all: readonly T[], n: number): T | undefined => all[n % Math.max(all.length, 1)];

test('R5 no course of calls by those who stand behind an action approves it or counts; others still can', async () => {
  let approved = 0;
  await fc.assert(
    fc.asyncProperty(
      lineages,
      requirements,
      fc.array(step, { maxLength: 12 }),
      async (setting, asked, steps) => {
        const { office, gatekeeper } = openWith(setting, asked);
        const nameable = [setting.owner, ...setting.actsFor];
        const onBehalfOf =
          setting.onBehalfOf === null ? undefined : pick(nameable, setting.onBehalfOf);
        const startedBy =
          setting.startedBy === null ? undefined : pick(nameable, setting.startedBy);
        const proposed = await gatekeeper.propose({
          agent: office.agent.id,
          type: 'crm.export',
          resource: { type: 'Database', id: 'crm' },
          arguments: { table: 'customers' },
          ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
          session: { id: 's', ...(startedBy === undefined ? {} : { startedBy }) },
        });
        if (!proposed.ok) throw new Error(proposed.error.code);
        expect(proposed.value.status.state).toBe('pending');
        let id: ActionId = proposed.value.status.id;
        const origin: Origin = { ...setting, onBehalfOf, startedBy };
        const editors: string[] = [];
        const stand = async (): Promise<Approval> => (await courseOf(office.store, id)).approval;

        for (const [i, call] of steps.entries()) {
          const barred = behind(origin, editors, asked);
          const callers = office.people.filter(({ id: one, human }) =>
            call.do === 'edit' ? !INDEPENDENT.includes(one) : barred.has(human),
          );
          const by = pick(callers, call.who);
          if (!by) throw new Error('an action has an owner');
          const before = id;
          id = await make({ office, gatekeeper, id }, call, by, i);
          if (id !== before) editors.push(by.id);
          office.clock.advance(1_000);
          const now = await stand();
          expect(['pending', 'cancelled', 'denied']).toContain(now.state);
          expect('votes' in now ? now.votes : []).toEqual([]);
          if (now.state === 'denied') expect(now.last).toMatchObject({ type: 'approval.denied' });
        }
        const last = await stand();
        if (last.state !== 'pending') return;
        await finish({ office, gatekeeper, id }, last, asked);
        approved += 1;
        const done = await stand();
        expect(done.state).toBe('approved');
        const barred = behind(origin, editors, asked);
        if ('votes' in done)
          expect(done.votes.filter(({ human }) => barred.has(human))).toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
  expect(approved, 'enough courses came to the end').toBeGreaterThan(100);
});

type World = { readonly office: Office; readonly gatekeeper: Gatekeeper; readonly id: ActionId };

/** One call; the action that the next one is about. */
async function make(
  { office, gatekeeper, id }: World,
  one: Step,
  by: Person,
  i: number,
): Promise<ActionId> {
  const ballot = await office.ballotOf(id, {
    choice: one.isNo ? 'deny' : 'approve',
    ...(one.isOldVersion ? { version: 1 } : {}),
  });
  const { approvalId, version } = ballot;
  const isPending = (await courseOf(office.store, id)).approval.state === 'pending';
  switch (one.do) {
    case 'vote': {
      const voted = await gatekeeper.vote(by, ballot);
      expect(voted.ok).toBe(false);
      if (!voted.ok && isPending && !one.isOldVersion) expect(voted.error).toBe('excluded');
      return id;
    }
    case 'confirm':
      await gatekeeper.vote(by, { ...ballot, control: 'confirm' });
      return id;
    case 'edit': {
      const edited = await gatekeeper.edit(by, {
        approvalId,
        version,
        arguments: { table: `t${i}` },
      });
      return edited.ok ? edited.value.status.id : id;
    }
    case 'revoke':
      expect((await gatekeeper.revoke(approvalId, by)).ok).toBe(false);
      return id;
    case 'close':
      expect((await gatekeeper.close(id, by, 'executed')).ok).toBe(false);
      return id;
    case 'cancel':
      await gatekeeper.cancel(id, by.id);
      return id;
    case 'redeem':
      expect((await gatekeeper.answer(id))?.grant).toBeUndefined();
      return id;
    case 'recheck':
      expect(await gatekeeper.recheck()).toBe(0);
      return id;
    case 'break-glass': {
      const { control: _, choice: __, ...said } = ballot;
      const wish = { ...said, assurance: 'session', reason: 'it cannot wait' } as const;
      const broken = await gatekeeper.breakGlass(by, wish);
      if (isPending && !one.isOldVersion) expect(broken).toEqual({ ok: false, error: 'excluded' });
      expect(broken.ok).toBe(false);
      return id;
    }
    case 'waive':
      await waive(office, by, ballot);
      return id;
  }
}

/** Whoever stands behind it may propose a waiver of it, and neither that nor an endorsement of theirs counts. */
async function waive(
  { parts, clock }: Office,
  by: Person,
  { approvalId, version, seenDigest }: Ballot,
): Promise<void> {
  const how = { assurance: 'session', channel: 'console' } as const;
  const until = after(clock(), 60_000);
  const wish = { approvalId, version, seenDigest, scope: {}, until, uses: 9, reason: 'x', ...how };
  const made = await proposeWaiver(parts, by, wish);
  if (!made.ok) return;
  expect(made.value.endorsements).toEqual([]);
  const { waiverId, termsDigest } = made.value.asked;
  const endorsed = await endorseWaiver(parts, by, { waiverId, termsDigest, ...how });
  expect(endorsed).toMatchObject({ ok: false, error: { code: 'excluded' } });
}

/** Everyone independent says yes while anybody is asked; the person acted for confirms where that is asked. */
async function finish(
  { office, gatekeeper, id }: World,
  last: Approval,
  asked: readonly Requirement[],
): Promise<void> {
  const { onBehalfOf, owner } = last.state === 'none' ? never() : last.proposed.lineage;
  const confirmer = office.people.find((one) => one.id === (onBehalfOf ?? owner)) ?? never();
  const ballot = await office.ballotOf(id);
  if (asked.some(({ kind }) => kind === 'confirm')) {
    const confirmed = await gatekeeper.vote(confirmer, { ...ballot, control: 'confirm' });
    if (!confirmed.ok) expect(confirmed.error).toBe('already-voted');
    expect((await gatekeeper.answer(id))?.status.state).toBe('pending');
  }
  for (const one of INDEPENDENT) {
    if ((await gatekeeper.answer(id))?.status.state === 'approved') return;
    const by = office.people.find((each) => each.id === one) ?? never();
    const voted = await gatekeeper.vote(by, ballot);
    if (!voted.ok) throw new Error(`${one} was refused: ${voted.error}`);
  }
}

const never = (): never => {
  throw new Error('the office is not as it was set up');
};
