import { canonical } from '../canonical.ts';
import type { Approval } from '../approval/approval.ts';
import type { Proposed } from '../approval/event.ts';
import type { Parts } from '../parts.ts';
import type { LedgerStore, StoredEntry } from '../ports.ts';
import { after, type Instant } from '../time.ts';
import { inTurn } from '../turns.ts';
import type { Because } from './because.ts';

/** The stream whose entries are alerts (docs/spec/ledger.md, L37). */
export const ALERTS = 'alerts';

export const ALERT_KINDS = ['flood', 'denials'] as const;

/** What people are told of an agent that asks too much, or again and again for what was denied. */
export type Alert = {
  readonly type: 'alert.raised';
  readonly at: Instant;
  readonly kind: (typeof ALERT_KINDS)[number];
  readonly agent: string;
  readonly owner: string;
  readonly because: Because;
  /** How many requests, or denials, it took. */
  readonly count: number;
  /** There is no other alert of this kind about this agent before. */
  readonly until: Instant;
  /** What was denied. */
  readonly actionType?: string;
  readonly resource?: { readonly type: string; readonly id: string };
};

/** The bytes of an alert at its place in the stream. */
export const encodeAlert = (n: number, alert: Alert): string =>
  canonical({ ...alert, v: 1, stream: ALERTS, n });

/** An alert with its number. */
export type Told = Alert & { readonly n: number };

/** The alerts that entries of the stream tell of; what a newer gateway wrote there is left out. */
export const alertsOf = (entries: readonly Pick<StoredEntry, 'entry'>[]): readonly Told[] =>
  entries.flatMap(({ entry }) => {
    const { v, stream: _, ...alert } = JSON.parse(entry) as Told & { v: number; stream: string };
    return alert.type === 'alert.raised' && v === 1 ? [alert] : [];
  });

const MAX_TRIES = 5;
const FLOOD_MS = 3_600_000;

/** Raises an alert, unless there is one of its kind about this agent; whichever gateway raised it. */
export function raise(store: LedgerStore, alert: Alert): Promise<void> {
  return inTurn(store, ALERTS, async () => {
    const name = `alert:${alert.kind}:${alert.agent}`;
    for (let tries = 0, version = 0; tries < MAX_TRIES; tries++) {
      // asked after the version is known: a claim of this very stream refuses nothing, but whoever raised one moved it
      if ((await store.holder(name, alert.at)) !== undefined) return;
      const appended = await store.append({
        stream: ALERTS,
        expectedVersion: version,
        entries: [encodeAlert(version + 1, alert)],
        claims: [{ name, until: alert.until }],
      });
      if (appended.ok || appended.error.code !== 'conflict') return;
      ({ version } = appended.error);
    }
  });
}

/** The alert that an agent goes on asking for what people denied. */
export const lockAlert = (
  { lineage: { agent, owner }, actionType, resource }: Proposed,
  when: Pick<Alert, 'at' | 'until' | 'count'>,
): Alert => ({
  type: 'alert.raised',
  kind: 'denials',
  agent,
  owner,
  because: 'locked',
  actionType,
  resource,
  ...when,
});

/** The alert that turning an action away is worth. */
export function alertOf(parts: Parts, approval: Approval): Alert | undefined {
  if (!('last' in approval) || approval.last.type !== 'action.turned-away') return undefined;
  const { because, at, retryAt } = approval.last;
  if (because === undefined) return undefined;
  const { settings, attention } = parts;
  if (because === 'locked')
    return lockAlert(approval.proposed, { at, until: retryAt, count: settings.denialsBeforeLock });
  const { agent, owner } = approval.proposed.lineage;
  const count = {
    agent: settings.maxPending,
    session: settings.maxPendingPerSession,
    owner: settings.maxPendingPerOwner,
    reviewers: attention.countOf(agent, at),
  }[because];
  const until = after(at, FLOOD_MS);
  return { type: 'alert.raised', at, kind: 'flood', agent, owner, because, count, until };
}
