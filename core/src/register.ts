import type { Approval } from './approval/approval.ts';
import { encodeEntry } from './approval/entry.ts';
import { openingOfDrill } from './approval/drill.ts';
import { replay } from './approval/evolve.ts';
import { standingOf } from './approval/standing.ts';
import { change, courseOf, denialClaim, openClaim } from './change.ts';
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
import { open, type Barred } from './opening.ts';
import { withKillSwitch } from './kill-switch.ts';
import { err, ok, type Result } from './result.ts';
import { after, instant } from './time.ts';
import type { Claim, Quota } from './ports.ts';

type Registered = Result<Approval, ProposalRefusal>;

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
  const { approval, appended } = await record(parts, sealed, judgement, { idem, version });
  if (appended.ok) return ok(approval);
  switch (appended.error.code) {
    case 'claimed':
      // denied since we looked: look again
      if (appended.error.name === denialClaim(made.value.proposed.fingerprint))
        return register(parts, proposal, origin);
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

type How = { readonly idem: Claim | undefined; readonly version: number };

/** Appends a judged draft with what follows from the judgement; without asking anybody when the agent asked too much. */
async function record(parts: Parts, sealed: SealedDraft, judgement: Judgement, how: How) {
  const retryAt = after(parts.clock(), parts.settings.denialMs);
  const isDenied = judgement.verdict === 'review' && (await isRemembered(parts, sealed.made));
  const barred: Barred | undefined = isDenied ? { code: 'denied-before', retryAt } : undefined;
  const recorded = await append(parts, sealed, judgement, { ...how, barred });
  if (recorded.appended.ok || recorded.appended.error.code !== 'over-quota') return recorded;
  return append(parts, sealed, judgement, {
    ...how,
    barred: { code: 'budget-exhausted', retryAt },
  });
}

async function append(
  parts: Parts,
  sealed: SealedDraft,
  judgement: Judgement,
  { idem, version, barred }: How & { readonly barred: Barred | undefined },
) {
  const { id, proposed } = sealed.made;
  const { events: opening, blobs } = open(parts, sealed, judgement, { barred, version });
  const events = proposed.drill ? openingOfDrill(opening) : opening;
  const approval = replay(events);
  const standing = standingOf(approval);
  const isAsked = approval.state === 'pending';
  const appended = await parts.store.append({
    stream: id,
    expectedVersion: 0,
    entries: events.map((event, i) => encodeEntry(id, i + 1, event)),
    ...(standing ? { standing } : {}),
    claims: [
      ...(idem ? [idem] : []),
      ...(isAsked ? [{ name: openClaim(proposed.fingerprint) }, notDenied(proposed)] : []),
    ],
    // ATTACKER: proposals sent at once, to any replica, are counted in the append itself (A11)
    ...(isAsked ? { quota: quotaOf(parts, proposed) } : {}),
    blobs,
  });
  return { approval, appended };
}

/** Held for no time: written only if no denial is remembered by then (A20). */
const notDenied = ({ fingerprint }: Draft['proposed']): Claim => ({
  name: denialClaim(fingerprint),
  until: instant(0),
});

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
    return ok(approval);
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
  const changed = await change(
    parts.store,
    stream,
    (approval, version) => {
      if (approval.state !== 'pending') return err('settled-meanwhile' as const);
      if (version >= MAX_JOINED) return err('joined-often' as const);
      const event = { type: 'action.joined', at: parts.clock(), by: proposal.agent } as const;
      return ok({ events: [event], ...(idem ? { claims: [idem] } : {}) });
    },
    parts.settings,
  );
  if (changed.ok) return changed;
  if (changed.error === 'joined-often' && !idem)
    return ok((await courseOf(parts.store, stream)).approval);
  // it was settled between our look and now: the name is free again, so this is an action of its own
  if (changed.error === 'settled-meanwhile') return register(parts, proposal, origin);
  return err({
    code: changed.error === 'overloaded' ? 'overloaded' : 'busy',
    path: '$',
    message: 'the identical waiting action is busy; try again',
  });
}

/** Joining costs nobody attention: an identical waiting action is found by its claim, before the quota is counted. */
const quotaOf = ({ settings }: Parts, { lineage }: Draft['proposed']): Quota => ({
  agent: lineage.agent,
  states: ['pending'],
  most: settings.maxPending,
});

const isRemembered = async ({ store, clock }: Parts, { proposed }: Draft): Promise<boolean> =>
  (await store.holder(denialClaim(proposed.fingerprint), clock())) !== undefined;
