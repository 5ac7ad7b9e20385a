import type { Approval } from './approval/approval.ts';
import type { WaiverUse } from './approval/event.ts';
import { encodeEntry } from './approval/entry.ts';
import { openingOfDrill } from './approval/drill.ts';
import { replay } from './approval/evolve.ts';
import { standingOf } from './approval/standing.ts';
import { change, courseOf, openClaim, readyClaim } from './change.ts';
import { sha256 } from './crypto.ts';
import type { Judgement } from './judgement.ts';
import type { Parts } from './parts.ts';
import {
  draft,
  sealDraft,
  type Draft,
  type SealedDraft,
  type Origin,
  type Proposal,
  type ProposalRefusal,
} from './draft.ts';
import { alertOf, raise } from './flood/alert.ts';
import type { Barred } from './flood/because.ts';
import { denialClaim, lockClaim, notDenied } from './flood/denials.ts';
import { denialOf, overCap } from './flood/remembered.ts';
import { open } from './opening.ts';
import { quotasOf } from './flood/caps.ts';
import { withKillSwitch } from './kill-switch.ts';
import type { ActionId } from './ids.ts';
import { err, ok, type Result } from './result.ts';
import { after } from './time.ts';
import type { Claim, Unit } from './ports.ts';
import { afterTaken, claimsOf, tellSpent, waiverFor } from './waived.ts';

type Registered = Result<Entered, ProposalRefusal>;

/** Where a proposal led: to an action of its own, `made`, or to the one that was there already. */
type Entered = { readonly approval: Approval; readonly made?: Draft };

/** Propose → judge → durable: records a proposal, or finds the identical one that is already there. */
export async function register(
  parts: Parts,
  proposal: Proposal,
  origin?: Origin,
): Promise<Registered> {
  const made = draft(parts, proposal, origin);
  if (!made.ok) return made;
  const idem = idempotencyClaim(parts, proposal);
  const earlier = idem && (await parts.store.holder(idem.name, parts.clock()));
  if (earlier !== undefined) return repeated(parts, earlier, made.value);
  const judging = judge(parts, made.value);
  const sealed = sealDraft(parts, made.value); // while policy thinks
  const judgement = await judging;
  const version = (origin?.version ?? 0) + 1;
  const ready = await readyFor(parts, proposal, made.value, judgement);
  if (ready !== undefined) return joined(parts, ready, proposal, origin);
  const how = { idem, version, performer: proposal.performer };
  const { approval, appended } = await record(parts, sealed, judgement, how);
  if (appended.ok) {
    const alert = alertOf(parts, approval);
    // R2: nothing ran, told of or not; the next one that is turned away raises it
    if (alert) await raise(parts.store, alert).catch(() => undefined);
    return ok({ approval, made: made.value });
  }
  switch (appended.error.code) {
    case 'claimed':
      // denied since we looked: look again
      if (isDenial(appended.error.name, made.value)) return register(parts, proposal, origin);
      return appended.error.name === idem?.name
        ? repeated(parts, appended.error.stream, made.value)
        : joined(parts, appended.error.stream, proposal, origin);
    case 'conflict':
    case 'over-quota':
    case 'overloaded':
      return err({
        code: 'overloaded',
        path: '$',
        message: 'too many actions at once; nothing was recorded, try again',
      });
  }
}

type How = {
  readonly idem: Claim | undefined;
  readonly version: number;
  readonly performer: string | undefined;
};

/** The identical action that people approved and nobody used yet, for a caller that comes back for its answer. */
async function readyFor(
  { store, clock }: Parts,
  { rejoins, drill }: Proposal,
  { proposed }: Draft,
  { verdict }: Judgement,
): Promise<ActionId | undefined> {
  if (rejoins !== true || drill || verdict !== 'review') return undefined;
  return (await store.holder(readyClaim(proposed.fingerprint), clock())) as ActionId | undefined;
}

/** Appends a judged draft with what follows from the judgement; without asking anybody when the agent asked too much. */
async function record(parts: Parts, sealed: SealedDraft, judgement: Judgement, how: How) {
  const isReviewed = judgement.verdict === 'review';
  const denied = isReviewed ? await denialOf(parts, sealed.made.proposed) : undefined;
  // people are asked about a drill, whatever was waived: they are what it is about
  const isWaivable = denied === undefined && !sealed.made.proposed.drill;
  const waived = isWaivable ? await recordWaived(parts, sealed, judgement, how) : undefined;
  if (waived) return waived;
  const recorded = await append(parts, sealed, judgement, { ...how, barred: denied });
  if (recorded.appended.ok || recorded.appended.error.code !== 'over-quota') return recorded;
  const barred = await overCap(parts, recorded.appended.error.of);
  return append(parts, sealed, judgement, { ...how, barred });
}

const isDenial = (name: string, { proposed }: Draft): boolean =>
  name === denialClaim(proposed.fingerprint) || name === lockClaim(proposed);

/** Goes on under a waiver; undefined where there is none, or none of its uses is left: then people are asked. */
async function recordWaived(parts: Parts, sealed: SealedDraft, judgement: Judgement, how: How) {
  let waiver = await waiverFor(parts, sealed.made, judgement);
  while (waiver) {
    const recorded = await append(parts, sealed, judgement, { ...how, barred: undefined, waiver });
    if (recorded.appended.ok) await tellSpent(parts, waiver, sealed.made);
    const { appended } = recorded;
    if (appended.ok || appended.error.code !== 'claimed') return recorded;
    const { name } = appended.error;
    if (!claimsOf(waiver).some((claim) => claim.name === name)) return recorded;
    waiver = afterTaken(waiver, name);
  }
  return undefined;
}

type Going = How & { readonly barred: Barred | undefined; readonly waiver?: WaiverUse };

async function append(
  parts: Parts,
  sealed: SealedDraft,
  judgement: Judgement,
  { idem, version, performer, barred, waiver }: Going,
) {
  const { id, proposed } = sealed.made;
  const { events: opening, blobs } = open(parts, sealed, judgement, {
    barred,
    version,
    ...(waiver && { waiver }),
    ...(performer === undefined ? {} : { performer }),
  });
  const events = proposed.drill ? openingOfDrill(opening) : opening;
  const approval = replay(events);
  const standing = standingOf(approval);
  const isAsked = approval.state === 'pending';
  const joins = await joinable(parts, approval);
  if (joins) return { approval, appended: err(joins) };
  const appended = await attended(parts, approval, {
    stream: id,
    expectedVersion: 0,
    entries: events.map((event, i) => encodeEntry(id, i + 1, event)),
    ...(standing ? { standing } : {}),
    claims: [
      ...(idem ? [idem] : []),
      ...(isAsked ? [{ name: openClaim(proposed.fingerprint) }, ...notDenied(proposed)] : []),
      ...(waiver ? [...claimsOf(waiver), ...notDenied(proposed)] : []),
    ],
    // ATTACKER: proposals sent at once, to any replica, are counted in the append itself (A11)
    ...(isAsked ? { quotas: quotasOf(parts.settings, proposed.lineage) } : {}),
    blobs,
  });
  return { approval, appended };
}

/** Appends; who was not asked after all has their attention still. */
async function attended({ store, attention }: Parts, approval: Approval, unit: Unit) {
  let isWritten = false;
  try {
    const appended = await store.append(unit);
    isWritten = appended.ok;
    return appended;
  } finally {
    if (approval.state === 'pending' && !isWritten) attention.giveBack(approval.asked.approvalId);
  }
}

/** Joining costs no attention: what nobody has attention for may be waiting already. */
async function joinable({ store, clock }: Parts, approval: Approval) {
  if (approval.state !== 'budget-exhausted') return undefined;
  const name = openClaim(approval.proposed.fingerprint);
  const stream = await store.holder(name, clock());
  return stream === undefined ? undefined : ({ code: 'claimed', name, stream } as const);
}

/** Policy's answer. The kill switch holds even when policy forgets it. */
async function judge(
  { judge: engine, directory }: Parts,
  { question, action }: Draft,
): Promise<Judgement> {
  const judgement = await engine.judge(question);
  return withKillSwitch(judgement, directory(), action.lineage.agent);
}

function idempotencyClaim(
  { clock, settings }: Parts,
  { agent, idempotencyKey }: Proposal,
): Claim | undefined {
  if (idempotencyKey === undefined) return undefined;
  return {
    name: `idem:${agent}:${sha256(idempotencyKey)}`,
    until: after(clock(), settings.idempotencyMs),
  };
}

/** The answer to a key seen before: the first action, if it is the same; a key never stands for two. */
async function repeated({ store }: Parts, stream: string, made: Draft): Promise<Registered> {
  const { approval } = await courseOf(store, stream);
  if ('proposed' in approval && approval.proposed.fingerprint === made.proposed.fingerprint)
    return ok({ approval });
  return err({
    code: 'idempotency-key-reused',
    path: 'Idempotency-Key',
    message: 'this key was used for a different action; use a new key for a new action',
  });
}

/** ATTACKER: whoever looks at an action reads its whole stream; from here on joining it is not recorded. */
const MAX_JOINED = 256;

/** An identical action is already waiting: this proposal waits with it, one question to people instead of two. */
async function joined(
  parts: Parts,
  stream: string,
  proposal: Proposal,
  origin: Origin | undefined,
): Promise<Registered> {
  const idem = idempotencyClaim(parts, proposal);
  const rejoins = proposal.rejoins === true;
  const changed = await change(
    parts.store,
    stream,
    (approval, version) => {
      const isOpen = approval.state === 'pending' || (rejoins && approval.state === 'approved');
      if (!isOpen) return err('settled-meanwhile' as const);
      if (version >= MAX_JOINED) return err('joined-often' as const);
      const event = { type: 'action.joined', at: parts.clock(), by: proposal.agent } as const;
      return ok({ events: [event], ...(idem ? { claims: [idem] } : {}) });
    },
    parts.settings,
  );
  if (changed.ok) return ok({ approval: changed.value });
  if (changed.error === 'joined-often' && !idem)
    return ok({ approval: (await courseOf(parts.store, stream)).approval });
  // it was settled between our look and now: the name is free again, so this is an action of its own
  if (changed.error === 'settled-meanwhile') return register(parts, proposal, origin);
  return err({
    code: changed.error === 'overloaded' ? 'overloaded' : 'busy',
    path: '$',
    message: 'the identical waiting action is busy; try again',
  });
}
