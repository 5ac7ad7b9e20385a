import type { Assurance } from '../approval/requirement.ts';
import { castOf } from '../ballot.ts';
import { courseOf } from '../change.ts';
import type { Digest } from '../crypto.ts';
import type { Person } from '../directory.ts';
import { makeId, type ApprovalId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { opened, shown } from '../release.ts';
import { err, ok, type Result } from '../result.ts';
import { after, instant, type Instant } from '../time.ts';
import { isWaivable, isWithinCeilings } from './book.ts';
import { originOf, type Origin } from './origin.ts';
import type { WaiverRefusal } from './refusal.ts';
import { fingerprintWithout, whyNotScope, type Scope } from './scope.ts';
import { changeWaiver } from './stream.ts';
import { digestTerms, sealTerms, type WaiverView } from './terms.ts';
import { endorsed } from './endorse.ts';
import { requestClaim, waiverStanding, type Waiver, type WaiverProposed } from './waiver.ts';

/** What a person wants remembered of a request. */
export type WaiverWish = {
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly seenDigest: Digest;
  readonly scope: Scope;
  readonly until: Instant;
  readonly uses: number;
  readonly reason: string;
  readonly assurance: Assurance;
  readonly channel: string;
};

type Made = Result<Waiver, WaiverRefusal>;

/** Proposes a waiver; whoever proposes is the first to endorse it, if they may. Beyond a ceiling it is refused, never cut. */
export async function proposeWaiver(parts: Parts, person: Person, wish: WaiverWish): Promise<Made> {
  const stream = await parts.store.byApproval(wish.approvalId);
  if (!stream) return err({ code: 'not-found' });
  const origin = originOf((await courseOf(parts.store, stream)).approval);
  if (!origin.ok) return err({ code: origin.error });
  const refusal = whyNotPropose(parts, origin.value, person, wish);
  if (refusal) return err({ code: refusal });
  const drafted = await draftOf(parts, origin.value, person, wish);
  return drafted.ok ? record(parts, origin.value, person, wish, drafted.value) : drafted;
}

function whyNotPropose(
  { clock, directory }: Parts,
  { asked, proposed }: Origin,
  { id, human }: Person,
  wish: WaiverWish,
): WaiverRefusal['code'] | undefined {
  const person = directory().person(id);
  if (!person?.active || person.human !== human) return 'inactive-person';
  if (wish.version !== asked.version) return 'version-mismatch';
  if (wish.seenDigest !== asked.seenDigest) return 'seen-mismatch';
  // a yes to a drill was meant to be a no: nothing is remembered of it (EV-19)
  if (proposed.drill || !asked.requirements.every(isWaivable)) return 'not-waivable';
  const at = clock();
  const { until, uses } = wish;
  if (until <= at || uses < 1 || !isWithinCeilings(asked.requirements, { at, until, uses }))
    return 'waiver-beyond-ceiling';
  return undefined;
}

type Drafted = {
  readonly proposed: WaiverProposed;
  readonly view: WaiverView;
};

async function draftOf(
  parts: Parts,
  { asked, proposed: { actionId, digest } }: Origin,
  { id: by, human }: Person,
  { scope, until, uses, reason, approvalId, version }: WaiverWish,
): Promise<Result<Drafted, WaiverRefusal>> {
  const [payload, seen] = await Promise.all([opened(parts, actionId), shown(parts, actionId)]);
  if (!payload || !seen) return err({ code: 'erased' });
  const wrong = whyNotScope(scope, payload.action);
  if (wrong !== undefined) return err({ code: 'waiver-scope-invalid', detail: wrong });
  const at = parts.clock();
  const waiverId = makeId('wvr', at, parts.random(16));
  const view: WaiverView = {
    v: 1,
    waiverId,
    approvalId,
    version,
    actionDigest: digest,
    headline: seen.headline,
    agent: seen.agent,
    type: seen.action.type,
    resource: seen.action.resource,
    arguments: seen.action.arguments,
    scope: parts.display.json(scope, privateOf(parts, payload)),
    policies: asked.requirements.flatMap(({ policies }) => policies),
    until,
    uses,
    reason: parts.display.text(reason.slice(0, 500)),
  };
  const { requirements, excluded } = asked;
  const shortest = Math.min(...requirements.map(({ expiresMs }) => expiresMs));
  const named = Object.keys(scope).toSorted();
  const fingerprint = fingerprintWithout(named, payload.action, parts.secrets.fingerprintKey);
  const proposed: WaiverProposed = {
    type: 'waiver.proposed',
    at,
    waiverId,
    by,
    human,
    approvalId,
    version,
    actionId,
    agent: seen.agent,
    requirements,
    excluded,
    fingerprint,
    named,
    until,
    uses,
    expiresAt: instant(Math.min(until, after(at, shortest))),
    termsDigest: digestTerms(view),
  };
  return ok({ proposed, view });
}

/** Arguments that are masked in every view, by the gate that understood the action; all of them where it does not any more. */
function privateOf(
  { gateOf }: Parts,
  {
    action: { type, resource, arguments: bound },
    presentational,
  }: NonNullable<Awaited<ReturnType<typeof opened>>>,
): readonly string[] {
  const args = { ...presentational, ...bound };
  const understood = gateOf(type)?.understand({ type, resource, arguments: args });
  return understood?.ok ? understood.value.privateArguments : Object.keys(args);
}

async function record(
  parts: Parts,
  origin: Origin,
  person: Person,
  { scope, assurance, channel }: WaiverWish,
  { proposed, view }: Drafted,
): Promise<Made> {
  const { waiverId, approvalId, version, termsDigest, until, expiresAt } = proposed;
  const waiver: Waiver = { version: 1, asked: proposed, endorsements: [], used: 0 };
  const first = endorsed(parts, { waiver, origin }, (pending) =>
    castOf(parts, pending, person, {
      approvalId,
      version,
      assurance,
      channel,
      seenDigest: termsDigest,
      control: 'vote',
      choice: 'approve',
    }),
  );
  const events = first.ok ? first.value : [];
  const isInForce = events.some(({ type }) => type === 'waiver.in-force');
  const made = await changeWaiver<never>(parts.store, waiverId, () =>
    ok({
      events: [proposed, ...events],
      standing: waiverStanding(proposed),
      claims: [{ name: requestClaim(approvalId), until: isInForce ? until : expiresAt }],
      blobs: sealTerms(waiverId, { view, scope }, parts.secrets.masterKey),
    }),
  );
  if (made.ok) return made;
  return err({ code: made.error === 'claimed' ? 'waiver-exists' : made.error });
}
