import { evolve, replay } from './approval/evolve.ts';
import type { Approval } from './approval/approval.ts';
import type { ApprovalEvent } from './approval/event.ts';
import { decodeEntry, encodeEntry } from './approval/entry.ts';
import { standingOf } from './approval/standing.ts';
import type { Claim, LedgerStore, Unit } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import { after } from './time.ts';
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
 */
export function change<E>(
  store: LedgerStore,
  stream: string,
  plan: (approval: Approval, version: number) => Planned<E>,
  memory: { readonly denialMs: number },
): Promise<Result<Approval, E | 'busy' | 'overloaded'>> {
  return inTurn(store, stream, () => tryChange(store, stream, plan, memory));
}

async function tryChange<E>(
  store: LedgerStore,
  stream: string,
  plan: (approval: Approval, version: number) => Planned<E>,
  memory: { readonly denialMs: number },
): Promise<Result<Approval, E | 'busy' | 'overloaded'>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { approval, version } = await courseOf(store, stream);
    const planned = plan(approval, version);
    if (!planned.ok) return planned;
    const { events, ...extra } = planned.value;
    const next = events.reduce(evolve, approval);
    const appended = await store.append(
      unitOf(stream, version, events, approval, next, extra, memory),
    );
    if (appended.ok) return ok(next);
    if (appended.error.code === 'overloaded') return err('overloaded');
  }
  return err('busy');
}

function unitOf(
  stream: string,
  version: number,
  events: readonly ApprovalEvent[],
  before: Approval,
  next: Approval,
  extra: Extra,
  memory: { readonly denialMs: number },
): Unit {
  const standing = standingOf(next);
  const claims = [...(extra.claims ?? []), ...denialOf(next, before, events, memory)];
  return {
    stream,
    expectedVersion: version,
    entries: events.map((event, i) => encodeEntry(stream, version + 1 + i, event)),
    ...(standing ? { standing } : {}),
    ...(claims.length > 0 ? { claims } : {}),
    ...(before.state === 'pending' && next.state !== 'pending'
      ? { releases: [openClaim(before.proposed.fingerprint)] }
      : {}),
    ...(extra.blobs ? { blobs: extra.blobs } : {}),
  };
}

/** Identical open actions join under this name. */
export const openClaim = (fingerprint: string): string => `open:${fingerprint}`;
/** A denied action is remembered under this name. */
export const denialClaim = (fingerprint: string): string => `denied:${fingerprint}`;

function denialOf(
  next: Approval,
  before: Approval,
  events: readonly ApprovalEvent[],
  { denialMs }: { readonly denialMs: number },
): readonly Claim[] {
  const at = events.at(-1)?.at;
  if (before.state !== 'pending' || next.state !== 'denied' || at === undefined) return [];
  return [{ name: denialClaim(next.proposed.fingerprint), until: after(at, denialMs) }];
}
