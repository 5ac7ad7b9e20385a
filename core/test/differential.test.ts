import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTrust, verifyReceipt } from '../../verify/src/index.ts';
import { createLogSigner } from '../src/ledger/note.ts';
import { signCheckpoint } from '../src/ledger/checkpoint.ts';
import { buildReceipt } from '../src/ledger/receipt.ts';
import { jwkOf } from '../src/grant/jws.ts';
import { opened, shown } from '../src/release.ts';
import type { Judgement } from '../src/judgement.ts';
import { instant } from '../src/time.ts';
import {
  allow,
  deny,
  must,
  openOffice,
  person,
  requirement,
  review,
  type Office,
} from './office.ts';

// Two implementations of docs/spec that share nothing: whatever core lets happen, verify must find lawful.

const VOTERS = ['mona', 'mona-admin', 'dana', 'ana', 'ben', 'carl', 'gone', 'del', 'eve'] as const;
const GROUPS = ['data-owners', 'security', 'data-protection'];
const requirements = fc.record({
  kind: fc.constantFrom('review', 'review', 'review', 'confirm'),
  groups: fc.subarray(['data-owners', 'security', 'data-protection'], { minLength: 1 }),
  quorum: fc.integer({ min: 1, max: 2 }),
  expiresMs: fc.constantFrom(60_000, 3_600_000),
  stage: fc.integer({ min: 1, max: 2 }),
  distinct: fc.boolean(),
  escalation: fc.constantFrom(
    undefined,
    [{ afterMs: 30_000, groups: ['leads'] }],
    [
      { afterMs: 1, groups: ['leads'] },
      { afterMs: 400_000, groups: GROUPS },
    ],
  ),
  remindMs: fc.constantFrom(undefined, [1], [30_000, 400_000]),
});
const judgement: fc.Arbitrary<Judgement> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(allow, deny) },
  {
    weight: 6,
    arbitrary: fc.array(requirements, { minLength: 1, maxLength: 3 }).map((all) =>
      review(
        ...all.map(({ escalation, remindMs, ...one }, i) =>
          requirement({
            ...one,
            ...(escalation && one.kind === 'review' && { escalation }),
            ...(remindMs && one.kind === 'review' && { remindMs }),
            kind: one.kind,
            groups: one.kind === 'confirm' ? [] : one.groups,
            policies: [`p${i}`],
          }),
        ),
      ),
    ),
  },
);
const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('vote', 'vote', 'vote', 'confirm'),
      who: fc.constantFrom(...VOTERS),
      no: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('redeem', 'redeem', 'report', 'report', 'close', 'twin'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel', 'revoke', 'edit') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 30_000, 400_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('stand'),
      who: fc.constantFrom(...VOTERS),
      of: fc.constantFrom(...VOTERS),
      through: fc.constantFrom(undefined, ['mona'], ['ben']),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('leave'), who: fc.constantFrom(...VOTERS) }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

async function perform(office: Office, id: `act_${string}`, one: Act): Promise<void> {
  const { gatekeeper, clock } = office;
  const who = (name: string) => office.people.find((it) => it.id === name);
  const [dana, mona] = [who('dana'), who('mona')];
  const ballot = await office.ballotOf(id).catch(() => undefined);
  const approvalId = ballot?.approvalId ?? 'apr_none';
  if ('who' in one && 'no' in one) {
    const voter = who(one.who);
    const control = one.do === 'confirm' ? 'confirm' : 'vote';
    const choice = one.no ? 'deny' : 'approve';
    if (voter && ballot) await gatekeeper.vote(voter, { ...ballot, control, choice });
  } else if ('of' in one) stand(office, one);
  else if ('who' in one)
    office.people = office.people.map((it) => (it.id === one.who ? { ...it, active: false } : it));
  else if ('ms' in one) {
    clock.advance(one.ms);
    await gatekeeper.reconcile();
    await gatekeeper.recheck();
  } else if (one.do === 'twin') await office.propose();
  else if (one.do === 'redeem')
    await gatekeeper.redeem((await gatekeeper.answer(id))?.grant ?? '', 'data-bot');
  else if (one.do === 'report') await gatekeeper.report(id, 'data-bot', { outcome: 'executed' });
  else if (one.do === 'cancel') await gatekeeper.cancel(id, 'data-bot');
  else if (one.do === 'close' && mona) await gatekeeper.close(id, mona, 'failed');
  else if (one.do === 'revoke' && dana) await gatekeeper.revoke(approvalId, dana, 'no');
  else if (one.do === 'edit' && dana && ballot)
    await gatekeeper.edit(dana, { approvalId, version: 1, arguments: { table: 'orders' } });
}

/** One more seat, of whoever it is. */
function stand(office: Office, { who, of, through }: Extract<Act, { readonly of: string }>): void {
  const from = office.people.find((it) => it.id === of);
  if (!from?.active) return;
  const { human, groups, id } = from;
  const until = instant(office.clock() + 1_000_000);
  const seat = { human, person: id, groups, until, ...(through && { through }) };
  office.people = office.people.map((it) =>
    it.id === who ? { ...it, standsFor: [...(it.standsFor ?? []), seat] } : it,
  );
}

async function receiptOf(office: Office, stream: `act_${string}`) {
  const { store, parts } = office;
  const signer = createLogSigner(parts.settings.origin, parts.grantKey);
  const checkpoint = signCheckpoint(await store.head(), signer);
  const [payload, view] = [await opened(parts, stream), await shown(parts, stream)];
  if (!payload) throw new Error('nothing was sealed');
  const { action, salt } = payload;
  const text = must(
    await buildReceipt({
      store,
      stream,
      checkpoint,
      disclosures: { action: { action, salt }, ...(view ? { view } : {}) },
      grant: { issuer: parts.settings.origin, key: parts.grantKey },
    }),
  );
  const grantKeys = JSON.stringify({ keys: [jwkOf(parts.grantKey.publicKey)] });
  const trust = await readTrust(`log ${signer.vkey}\nquorum none\n`, { grantKeys });
  if (!trust.ok) throw new Error(trust.failure.message);
  return verifyReceipt(text, trust.value);
}

const wordOf = (entry: string): string =>
  entry.includes('"standsFor"') ? 'seat' : (JSON.parse(entry) as { type: string }).type;

const yes = { do: 'vote', who: 'dana', no: false } as const;
/** Always among the stories, so that the test goes through the whole of it. */
const EXAMPLES: [Judgement, Act[]][] = [
  [allow, [{ do: 'redeem' }, { do: 'report' }]],
  [review(), []],
  [review(), [yes]],
  [review(), [{ ...yes, no: true }]],
  [review(), [yes, { do: 'redeem' }]],
  [
    review(
      requirement({
        quorum: 2,
        escalation: [{ afterMs: 1, groups: ['leads'] }],
        remindMs: [30_000],
      }),
    ),
    [
      { do: 'stand', who: 'eve', of: 'dana', through: undefined },
      { ...yes, who: 'eve' },
      { do: 'wait', ms: 30_000 },
      { ...yes, who: 'del' },
    ],
  ],
  [review(), Array.from({ length: 9 }, () => ({ do: 'wait', ms: 400_000 }))],
];

test('RC-5 whatever the gatekeeper lets happen verifies, with the same state', async () => {
  const states = new Set<string>();
  await fc.assert(
    fc.asyncProperty(judgement, fc.array(act, { maxLength: 14 }), async (says, acts) => {
      const office = openOffice(says);
      office.people = [...office.people, person('del', ['leads']), person('eve')];
      const { status } = must(await office.propose({ onBehalfOf: 'carl' }));
      for (const one of acts) await perform(office, status.id, one);
      const result = await receiptOf(office, status.id);
      expect(result.ok ? 'ok' : result.failure.message).toBe('ok');
      if (!result.ok) return;
      const now = (await office.gatekeeper.answer(status.id))?.status;
      const closed = now?.closedAs === undefined ? '' : '-closed';
      expect(result.value.state).toBe(`${now?.state}${closed}`);
      states.add(result.value.state);
      for (const entry of await office.store.read(status.id)) states.add(wordOf(entry.entry));
    }),
    { numRuns: 500, endOnFailure: true, examples: EXAMPLES },
  );
  // it went through the whole story, not only its beginning
  expect([...states]).toEqual(
    expect.arrayContaining([
      'pending',
      'approved',
      'denied',
      'executing',
      'executed',
      'expired',
      'seat',
      'approval.escalated',
      'approval.reminded',
    ]),
  );
});
