import { seal } from './action/payload.ts';
import { phraseOf } from './action/phrase.ts';
import { lengthOf } from './action/length.ts';
import { demandsOf, digestView, type View } from './action/view.ts';
import type { ApprovalEvent, Judged, Requested, WaiverUse } from './approval/event.ts';
import { exclusions } from './approval/exclusion.ts';
import { whatIsUnsatisfiable } from './approval/tally.ts';
import type { Blobs } from './blob.ts';
import type { Draft, SealedDraft } from './draft.ts';
import { makeId } from './ids.ts';
import type { Barred } from './flood/because.ts';
import { attendedBy, spare } from './flood/reviewers.ts';
import type { Judgement } from './judgement.ts';
import type { Parts } from './parts.ts';
import { after, instant, type Instant } from './time.ts';

/** How an action's life begins: the events policy's answer leads to, and what is kept beside them. */
export type Opening = {
  readonly events: readonly ApprovalEvent[];
  readonly blobs: Blobs;
};

type Going = {
  readonly barred: Barred | undefined;
  readonly version: number;
  /** It goes on under this one; nobody is asked. */
  readonly waiver?: WaiverUse;
  /** The executor that runs it at once where policy allows it. */
  readonly performer?: string;
};

/** Events of a judged draft: denied, allowed with its grant, or asked (DESIGN §2). */
export function open(
  parts: Parts,
  { made, key, blobs }: SealedDraft,
  judgement: Judgement,
  { barred, version, waiver, performer }: Going,
): Opening {
  const now = parts.clock();
  const execution = {
    audience: made.understood.audience ?? made.action.lineage.agent,
    deadlineMs: made.understood.executionMs ?? parts.settings.executionMs,
  };
  const judged: Judged = { type: 'action.judged', at: now, judgement, execution };
  const opening = (...next: readonly ApprovalEvent[]): Opening => ({
    events: [made.proposed, judged, ...next],
    blobs,
  });
  if (judgement.verdict === 'deny') return opening();
  if (judgement.verdict === 'allow') {
    const issued = grantNow(parts, execution.audience, now);
    if (performer !== execution.audience || made.proposed.drill) return opening(issued);
    return opening(issued, redeemedAtOnce(made, judged));
  }
  if (barred) return opening({ type: 'action.turned-away', at: now, ...barred });
  if (waiver) return opening(...waivedBy(parts, waiver, execution.audience, now));
  const { lineage } = made.action;
  const missing = whatIsUnsatisfiable(judgement.requirements, lineage, parts.directory(), now);
  if (missing.length > 0) return opening({ type: 'approval.unsatisfiable', at: now, missing });
  const directory = parts.directory();
  const { requirements } = judgement;
  const spared = spare(parts.attention, { requirements, lineage, directory, now });
  if (!spared.ok) return opening({ type: 'action.turned-away', at: now, ...spared.error });
  const { asked, view } = ask(parts, made, judgement, { now, version, spared: spared.value });
  // INVARIANT: counted before anything is waited for, so that requests at once are counted as those one by one
  parts.attention.take(attendedBy(lineage, asked, directory));
  const { events } = opening(asked);
  return { events, blobs: { ...blobs, ...seal(made.id, { view }, key) } };
}

/** The grant of an action that policy allowed outright. */
function grantNow(
  { random, settings }: Parts,
  audience: string,
  now: Instant,
): Extract<ApprovalEvent, { type: 'grant.issued' }> {
  const id = makeId('grt', now, random(16));
  const grant = { id, audience, notBefore: now, useBy: after(now, settings.grantMs) };
  return { type: 'grant.issued', at: now, grant };
}

/**
 * R6: the policy of the moment of redeeming is the one that has just judged, on the same question; R4: it is in the unit
 * that is written once.
 */
function redeemedAtOnce(
  { proposed }: Draft,
  { at, judgement, execution }: Judged,
): Extract<ApprovalEvent, { type: 'grant.redeemed' }> {
  const { policyDigest, gitCommit } = judgement;
  return {
    type: 'grant.redeemed',
    at,
    by: execution.audience,
    policyDigest,
    ...(gitCommit === undefined ? {} : { gitCommit }),
    deadline: after(at, execution.deadlineMs),
    factsDigest: proposed.factsDigest,
  };
}

/** A waived action is allowed, and says so; its grant ends with the waiver. */
function waivedBy(
  parts: Parts,
  waiver: WaiverUse,
  audience: string,
  now: Instant,
): readonly ApprovalEvent[] {
  const issued = grantNow(parts, audience, now);
  const useBy = instant(Math.min(issued.grant.useBy, waiver.until));
  return [
    { type: 'action.waived', at: now, waivers: [waiver] },
    { ...issued, grant: { ...issued.grant, useBy } },
  ];
}

function ask(
  parts: Parts,
  made: Draft,
  { requirements }: Judgement,
  how: { readonly now: Instant; readonly version: number; readonly spared: readonly string[] },
): { readonly asked: Requested; readonly view: View } {
  const { now, version } = how;
  const { lineage } = made.action;
  const view: View = viewOf(parts, made, {
    approvalId: makeId('apr', now, parts.random(16)),
    version,
    excluded: exclusions(
      lineage,
      requirements.flatMap(({ exclude }) => exclude),
      parts.directory(),
    ),
    expiresAt: after(now, Math.min(...requirements.map(({ expiresMs }) => expiresMs))),
    ...demandsOf(requirements),
  });
  const { approvalId, excluded, expiresAt, complete } = view;
  // who may not answer is not asked anyway
  const spared = how.spared.filter((human) => !excluded.some((one) => one.human === human));
  return {
    view,
    asked: {
      type: 'approval.requested',
      at: now,
      approvalId,
      version,
      requirements,
      excluded,
      ...(spared.length === 0 ? {} : { spared }),
      expiresAt,
      seenDigest: digestView(view),
      length: lengthOf(view),
      ...(complete ? {} : { isPartial: true }),
    },
  };
}

type Asking = Pick<
  View,
  'approvalId' | 'version' | 'excluded' | 'expiresAt' | 'risk' | 'why' | 'asks'
>;

/** The masked view of the very record that will run, never a second copy (M2). */
function viewOf({ display }: Parts, made: Draft, asking: Asking): View {
  const { understood, action, payload, proposed } = made;
  const { lineage } = action;
  const said = payload.presentational;
  return {
    v: 1,
    ...asking,
    headline: display.text(understood.headline),
    action: {
      id: made.id,
      type: action.type,
      resource: { type: action.resource.type, id: display.text(action.resource.id) },
      arguments: display.json(action.arguments, understood.privateArguments),
    },
    details: understood.details.map(({ label, value }) => ({ label, value: display.text(value) })),
    inspectable: understood.inspectable,
    agent: lineage.agent,
    owner: lineage.owner,
    ...(lineage.onBehalfOf === undefined ? {} : { onBehalfOf: lineage.onBehalfOf }),
    ...(payload.claim === undefined ? {} : { claim: display.claim(payload.claim) }),
    ...(Object.keys(said).length === 0
      ? {}
      : { said: display.json(said, understood.privateArguments) }),
    ...(proposed.follows === undefined ? {} : { follows: proposed.follows }),
    digest: proposed.digest,
    phrase: phraseOf(proposed.digest),
    complete: true,
  };
}
