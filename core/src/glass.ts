import type { Approval } from './approval/approval.ts';
import type { Command, Refusal } from './approval/command.ts';
import { decide } from './approval/decide.ts';
import type { Finding } from './approval/glass.ts';
import { castOf, type Ballot } from './ballot.ts';
import { canonical } from './canonical.ts';
import { change, courseOf } from './change.ts';
import type { Person } from './directory.ts';
import type { ActionId, ApprovalId } from './ids.ts';
import type { Parts } from './parts.ts';
import type { LedgerStore, StoredEntry } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import { after, type Instant } from './time.ts';
import { inTurn } from './turns.ts';

/** A person's wish to go ahead without those who are asked. */
export type BreakGlass = Omit<Ballot, 'control' | 'choice' | 'reason'> & {
  readonly reason: string;
};

/** What somebody found when they looked at a broken glass afterwards. */
export type GlassReview = {
  readonly approvalId: ApprovalId;
  readonly finding: Finding;
  readonly note: string;
};

/** A break-glass that is announced and was not reviewed yet, as far as the announcements tell. */
export type OpenGlass = {
  readonly approvalId: ApprovalId;
  readonly actionId: ActionId;
  readonly by: string;
  readonly reviewBy: Instant;
};

/** The stream that announces every break-glass of the installation (L35). */
const BREAK_GLASS = 'break-glass';

type Announced =
  | ({ readonly type: 'break-glass.announced' } & OpenGlass)
  | { readonly type: 'break-glass.reviewed'; readonly approvalId: ApprovalId };

type Changed = Promise<Result<Approval, Refusal | 'busy' | 'overloaded'>>;

const MAX_TRIES = 5;

/**
 * Breaks the glass: allowed, then announced, then done. INVARIANT: an announcement is appended at the version of the stream
 * it was decided on, before the glass is broken, so no gateway can miss one whose review is overdue. One that nothing came of
 * blocks nobody: what counts is the approval it names.
 */
export async function brokenGlass(parts: Parts, person: Person, wish: BreakGlass): Changed {
  const stream = await parts.store.byApproval(wish.approvalId);
  if (!stream) return err('not-found');
  const { approval } = await courseOf(parts.store, stream);
  // whoever may not break it is not told of others' reviews, and announces nothing
  const allowed = decide(approval, commandOf(parts, approval, person, wish), parts.clock());
  if (!allowed.ok) return allowed;
  const reviewBy = after(parts.clock(), parts.settings.glassReviewMs);
  const announced = await announce(parts, {
    approvalId: wish.approvalId,
    actionId: stream,
    by: person.id,
    reviewBy,
  });
  if (!announced.ok) return announced;
  return apply(parts, stream, (now) => commandOf(parts, now, person, wish));
}

/** Records what was found; whoever looks for what is open is spared looking at this one again. */
export async function reviewedGlass(
  parts: Parts,
  by: Person,
  { approvalId, finding, note }: GlassReview,
): Changed {
  const stream = await parts.store.byApproval(approvalId);
  if (!stream) return err('not-found');
  const shown = parts.display.text(note.slice(0, 500));
  const reviewed = await apply(parts, stream, () => ({
    type: 'review-glass',
    by,
    finding,
    note: shown,
    directory: parts.directory(),
  }));
  if (reviewed.ok) await tell(parts, { type: 'break-glass.reviewed', approvalId });
  return reviewed;
}

/** Every announced break-glass that was not reviewed, oldest first, as its approval says. */
export async function openGlasses(parts: Pick<Parts, 'store'>): Promise<readonly OpenGlass[]> {
  const found: OpenGlass[] = [];
  for (const one of announcedIn(await parts.store.read(BREAK_GLASS)))
    if (await isUnreviewed(parts.store, one)) found.push(one);
  return found;
}

const apply = (parts: Parts, stream: string, commandFor: (approval: Approval) => Command) =>
  change(
    parts.store,
    stream,
    (approval) => {
      const decided = decide(approval, commandFor(approval), parts.clock());
      return decided.ok ? ok({ events: decided.value }) : decided;
    },
    parts.settings,
  );

function commandOf(parts: Parts, approval: Approval, person: Person, wish: BreakGlass): Command {
  const { glassUseMs: useMs, glassReviewMs: reviewMs } = parts.settings;
  const ballot: Ballot = { ...wish, control: 'vote', choice: 'approve' };
  const { vote, expected, grantId, directory } = castOf(parts, approval, person, ballot);
  return { type: 'break-glass', vote, expected, grantId, directory, useMs, reviewMs };
}

async function announce(
  parts: Parts,
  glass: OpenGlass,
): Promise<Result<void, 'break-glass-review-overdue' | 'busy' | 'overloaded'>> {
  return inTurn(parts.store, BREAK_GLASS, async () => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const entries = await parts.store.read(BREAK_GLASS);
      const now = parts.clock();
      const due = announcedIn(entries).filter(({ reviewBy }) => reviewBy <= now);
      for (const one of due)
        if (await isUnreviewed(parts.store, one)) return err('break-glass-review-overdue');
      const event = { type: 'break-glass.announced', ...glass } as const;
      const appended = await append(parts, entries.length, event);
      if (appended.ok) return ok(undefined);
      if (appended.error.code === 'overloaded') return err('overloaded');
    }
    return err('busy');
  });
}

/** Told for whoever reads the stream; nothing is decided by it, so it may be missing. */
async function tell(parts: Parts, event: Announced): Promise<void> {
  await inTurn(parts.store, BREAK_GLASS, async () => {
    const { length } = await parts.store.read(BREAK_GLASS);
    await append(parts, length, event);
  });
}

const append = ({ store, clock }: Parts, version: number, event: Announced) =>
  store.append({
    stream: BREAK_GLASS,
    expectedVersion: version,
    entries: [canonical({ ...event, at: clock(), v: 1, stream: BREAK_GLASS, n: version + 1 })],
  });

function announcedIn(entries: readonly StoredEntry[]): readonly OpenGlass[] {
  const open = new Map<string, OpenGlass>();
  for (const { entry } of entries) {
    const event = JSON.parse(entry) as Announced;
    if (event.type === 'break-glass.reviewed') open.delete(event.approvalId);
    else {
      const { approvalId, actionId, by, reviewBy } = event;
      open.set(approvalId, { approvalId, actionId, by, reviewBy });
    }
  }
  return [...open.values()];
}

async function isUnreviewed(store: LedgerStore, { actionId }: OpenGlass): Promise<boolean> {
  const { approval } = await courseOf(store, actionId);
  const glass = 'glass' in approval ? approval.glass : undefined;
  return glass !== undefined && glass.reviewed === undefined;
}
