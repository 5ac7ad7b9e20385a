import { evolve, replay } from './approval/evolve.ts';
import type { Approval } from './approval/approval.ts';
import type { ApprovalEvent } from './approval/event.ts';
import { decodeEntry, encodeEntry } from './approval/entry.ts';
import { standingOf } from './approval/standing.ts';
import { raise } from './flood/alert.ts';
import { isCounting, remember, type Memory } from './flood/denials.ts';
import type { Claim, LedgerStore, Unit } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import { inTurn } from './turns.ts';

const MAX_TRIES = 5;

/** An action's state and how many entries its stream has. */
export type Course = { readonly approval: Approval; readonly version: number };

/** Reads where an action stands. */
export async function courseOf(store: LedgerStore, stream: string): Promise<Course> {
  const entries = await store.read(stream);
  return { approval: replay(entries.map(decodeEntry)), version: entries.length };
}

/** What a change adds to a unit beside its events. */
type Extra = Pick<Unit, 'blobs'> & { readonly claims?: readonly Claim[] };
type Planned<E> = Result<{ readonly events: readonly ApprovalEvent[] } & Extra, E>;

/**
 * Read, decide, append at the version read; on conflict again, at most five times, then `busy`.
 * Nothing is decided on a state other than the one it is appended to.
 * @param known where the caller believes it stands: saves reading it, and is found out by the append if it is not so
 */
export function change<E>(
  store: LedgerStore,
  stream: string,
  plan: (approval: Approval, version: number) => Planned<E>,
  memory: Memory,
  known?: Course,
): Promise<Result<Approval, E | 'busy' | 'overloaded'>> {
  return inTurn(store, stream, () => tryChange(store, stream, plan, memory, known));
}

async function tryChange<E>(
  store: LedgerStore,
  stream: string,
  plan: (approval: Approval, version: number) => Planned<E>,
  memory: Memory,
  known: Course | undefined,
): Promise<Result<Approval, E | 'busy' | 'overloaded'>> {
  let believed = known;
  for (let tries = 0; tries < MAX_TRIES;) {
    const { approval, version } = believed ?? (await courseOf(store, stream));
    believed = undefined;
    const planned = plan(approval, version);
    if (!planned.ok) return planned;
    const { events, ...extra } = planned.value;
    const next = events.reduce(evolve, approval);
    const { claims, alert } = await remember(store, { before: approval, next, events }, memory);
    const ready = await becameReady(store, approval, next);
    const told = { ...extra, claims: [...(extra.claims ?? []), ...claims, ...ready] };
    const appended = await store.append(unitOf(stream, version, events, approval, next, told));
    if (appended.ok) {
      // R2: the denial stands without it; the next action that it turns away raises it
      if (alert) await raise(store, alert).catch(() => undefined);
      return ok(next);
    }
    const { error } = appended;
    if (error.code === 'overloaded') return err('overloaded');
    // there are only so many places for denials, and whoever took one is done
    if (error.code !== 'claimed' || !isCounting(error.name)) tries++;
  }
  return err('busy');
}

function unitOf(
  stream: string,
  version: number,
  events: readonly ApprovalEvent[],
  before: Approval,
  next: Approval,
  { claims = [], ...extra }: Extra,
): Unit {
  const standing = standingOf(next);
  return {
    stream,
    expectedVersion: version,
    entries: events.map((event, i) => encodeEntry(stream, version + 1 + i, event)),
    ...(standing ? { standing } : {}),
    ...(claims.length > 0 ? { claims } : {}),
    ...releasesOf(before, next),
    ...(extra.blobs ? { blobs: extra.blobs } : {}),
  };
}

function releasesOf(before: Approval, next: Approval): Pick<Unit, 'releases'> {
  if (before.state === next.state) return {};
  if (before.state === 'pending') return { releases: [openClaim(before.proposed.fingerprint)] };
  if (before.state === 'approved') return { releases: [readyClaim(before.proposed.fingerprint)] };
  return {};
}

/** Who repeats an approved action finds it, until it is used. Of two that are alike the first one is found. */
async function becameReady(
  store: LedgerStore,
  before: Approval,
  next: Approval,
): Promise<readonly Claim[]> {
  if (before.state === 'approved' || next.state !== 'approved') return [];
  const { proposed, grant } = next;
  const name = readyClaim(proposed.fingerprint);
  const holder = await store.holder(name, grant.notBefore);
  return holder === undefined ? [{ name, until: grant.useBy }] : [];
}

/** Identical open actions join under this name. */
export const openClaim = (fingerprint: string): string => `open:${fingerprint}`;
/** An approved action that was not used yet is found under this name. */
export const readyClaim = (fingerprint: string): string => `ready:${fingerprint}`;
