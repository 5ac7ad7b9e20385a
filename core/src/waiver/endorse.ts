import type { Pending } from '../approval/approval.ts';
import type { CastVote, Refusal } from '../approval/command.ts';
import { seated, whyNotVote } from '../approval/eligibility.ts';
import { stillNeeds } from '../approval/tally.ts';
import { castOf, type Ballot } from '../ballot.ts';
import { courseOf } from '../change.ts';
import type { Digest } from '../crypto.ts';
import type { Person } from '../directory.ts';
import type { WaiverId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { err, ok, type Result } from '../result.ts';
import { originOf, type Origin } from './origin.ts';
import type { WaiverRefusal } from './refusal.ts';
import { changeWaiver } from './stream.ts';
import {
  overClaim,
  requestClaim,
  readWaiver,
  waiverStateOf,
  waiverStream,
  type Waiver,
  type WaiverEvent,
} from './waiver.ts';

/** A person's yes to a waiver, to exactly the terms they had in front of them. */
export type Endorsement = Pick<Ballot, 'assurance' | 'channel' | 'signed'> & {
  readonly waiverId: WaiverId;
  readonly termsDigest: Digest;
};

/** A waiver with the request it comes from. */
export type Sourced = { readonly waiver: Waiver; readonly origin: Origin };

/**
 * The request as the people who endorse are asked: the same demands of the same people, about the waiver's terms. So R5,
 * groups, stages, assurance and the count itself are those of votes, by the very functions that decide votes.
 */
export const askingOf = ({ waiver, origin }: Sourced): Pending => ({
  state: 'pending',
  proposed: origin.proposed,
  judged: origin.judged,
  asked: {
    ...origin.asked,
    at: waiver.asked.at,
    expiresAt: waiver.asked.expiresAt,
    seenDigest: waiver.asked.termsDigest,
  },
  votes: waiver.endorsements,
});

/** What an endorsement adds: in force is concluded with the one that meets the last demand. */
export function endorsed(
  { clock }: Pick<Parts, 'clock'>,
  sourced: Sourced,
  castFor: (pending: Pending) => CastVote,
): Result<readonly WaiverEvent[], Refusal> {
  const pending = askingOf(sourced);
  const command = castFor(pending);
  const at = clock(); // after the statement was written out: one from the future says nothing
  const { directory } = command;
  if (command.vote.statement.choice !== 'approve') return err('statement-invalid');
  const refusal = whyNotVote(pending, command, at);
  if (refusal) return err(refusal);
  const vote = seated(pending, command);
  const yes = { type: 'waiver.endorsed', at, vote } as const;
  const answers = { ...pending, votes: [...pending.votes, vote] };
  const open = stillNeeds(pending.asked.requirements, answers, directory, at);
  return ok(open.length > 0 ? [yes] : [yes, { type: 'waiver.in-force', at }]);
}

/** A waiver with its request; whether that still stands is for whoever asks. */
export async function sourceOf(
  { store }: Pick<Parts, 'store'>,
  id: WaiverId,
): Promise<Result<Sourced, 'not-found' | 'settled'>> {
  const waiver = readWaiver(await store.read(waiverStream(id)));
  if (!waiver) return err('not-found');
  const origin = originOf((await courseOf(store, waiver.asked.actionId)).approval);
  return origin.ok ? ok({ waiver, origin: origin.value }) : origin;
}

/** Endorses a waiver that is proposed. */
export async function endorseWaiver(
  parts: Parts,
  person: Person,
  { waiverId, termsDigest, ...how }: Endorsement,
): Promise<Result<Waiver, WaiverRefusal>> {
  const source = await sourceOf(parts, waiverId);
  if (!source.ok) return err({ code: source.error });
  const { origin } = source.value;
  const done = await changeWaiver<Refusal | 'waiver-over'>(parts.store, waiverId, (waiver) => {
    if (!waiver) return err('not-found');
    if (waiverStateOf(waiver, parts.clock()) !== 'proposed') return err('waiver-over');
    const { approvalId, version, until } = waiver.asked;
    const events = endorsed(parts, { waiver, origin }, (pending) =>
      castOf(parts, pending, person, {
        approvalId,
        version,
        seenDigest: termsDigest,
        ...how,
        control: 'vote',
        choice: 'approve',
      }),
    );
    if (!events.ok) return events;
    const isInForce = events.value.some(({ type }) => type === 'waiver.in-force');
    const claims = isInForce ? { claims: [{ name: requestClaim(approvalId), until }] } : {};
    return ok({ events: events.value, ...claims });
  });
  return coded(done);
}

/** Ends a waiver. A no is safe: whoever is asked may, the people of the agent may, and whoever manages the installation. */
export async function revokeWaiver(
  parts: Parts,
  by: Person,
  wish: {
    readonly waiverId: WaiverId;
    readonly reason?: string;
    readonly isAdministrator: boolean;
  },
): Promise<Result<Waiver, WaiverRefusal>> {
  const { waiverId, reason, isAdministrator } = wish;
  const done = await changeWaiver<Refusal | 'waiver-over'>(parts.store, waiverId, (waiver) => {
    if (!waiver) return err('not-found');
    const state = waiverStateOf(waiver, parts.clock());
    if (state !== 'proposed' && state !== 'in-force') return err('waiver-over');
    const refusal = whyNotRevoke(parts, waiver, by, isAdministrator);
    if (refusal) return err(refusal);
    const said = reason === undefined ? {} : { reason: parts.display.text(reason.slice(0, 500)) };
    const { approvalId, until } = waiver.asked;
    return ok({
      events: [{ type: 'waiver.revoked', at: parts.clock(), by: by.id, ...said }],
      claims: [{ name: overClaim(waiverId), until }],
      releases: [requestClaim(approvalId)],
    });
  });
  return coded(done);
}

/** Why a person may not end a waiver. */
export function whyNotRevoke(
  { directory }: Pick<Parts, 'directory'>,
  { asked }: Waiver,
  by: Person,
  isAdministrator: boolean,
): 'inactive-person' | 'not-an-approver' | undefined {
  const known = directory();
  const person = known.person(by.id);
  if (!person?.active || person.human !== by.human) return 'inactive-person';
  const agent = known.agent(asked.agent);
  const isTheirs = [asked.by, agent?.owner].some(
    (id) => id !== undefined && (known.person(id)?.human ?? id) === person.human,
  );
  const isAsked = asked.requirements.some(({ groups }) =>
    groups.some((group) => person.groups.includes(group)),
  );
  return isTheirs || isAsked || isAdministrator ? undefined : 'not-an-approver';
}

const coded = <E extends WaiverRefusal['code']>(
  done: Result<Waiver, E | 'claimed'>,
): Result<Waiver, WaiverRefusal> => {
  if (done.ok) return done;
  const code = done.error;
  return err({ code: code === 'claimed' ? 'waiver-exists' : code });
};
