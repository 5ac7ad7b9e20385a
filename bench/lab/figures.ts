import { quantile } from '../figure.ts';
import type { Struck } from './hurt.ts';
import type { Notes } from './notes.ts';

/** How long it took after one kind of fault, in ms. */
type Recovery = {
  readonly count: number;
  /** From being put right until what was hit was ready; for `kill-holder`, until the waiter was answered. */
  readonly back: Spread;
  /** Longest time around it in which no client at all got a durable answer. */
  readonly gap: Spread;
};
type Spread = { readonly median: number; readonly max: number };
type Latency = { readonly p50: number; readonly p99: number };

/** What a run measured. */
export type Figures = {
  readonly seconds: number;
  readonly actions: number;
  readonly entries: number;
  readonly actionsPerSecond: number;
  readonly entriesPerSecond: number;
  readonly proposeMs: Latency;
  readonly voteToWaiterMs: Latency;
  /** How late expiries and other entries of time alone were. */
  readonly latenessMs: Latency & { readonly max: number };
  readonly unavailable503: number;
  readonly lostConnections: number;
  /** Clients that stopped trying. */
  readonly gaveUp: number;
  /** Replicas that ended without being asked to. */
  readonly exits: number;
  /** Planned faults that found nothing whole to hurt. */
  readonly skipped: number;
  readonly recovery: Readonly<Record<string, Recovery>>;
  readonly memoryMb: Readonly<Record<string, number>>;
  readonly diskMb: number;
  readonly acts: Readonly<Record<string, number>>;
};

const round = (value: number): number => (Number.isNaN(value) ? 0 : Math.round(value * 10) / 10);

/** Figures of a run from what was noted. */
export function figuresOf(
  notes: Notes,
  run: {
    readonly seconds: number;
    readonly entries: number;
    readonly actions: number;
    readonly lateness: readonly number[];
    readonly struck: readonly Struck[];
    readonly skipped: number;
    readonly exits: number;
    readonly memoryMb: Readonly<Record<string, number>>;
    readonly diskMb: number;
  },
): Figures {
  const { seconds, entries, actions, lateness, struck, skipped, exits, memoryMb, diskMb } = run;
  return {
    seconds: round(seconds),
    actions,
    entries,
    actionsPerSecond: round(actions / seconds),
    entriesPerSecond: round(entries / seconds),
    proposeMs: latency(notes.latencies.propose),
    voteToWaiterMs: latency(notes.latencies.voteToWaiter),
    latenessMs: { ...latency(lateness), max: round(Math.max(0, ...lateness)) },
    unavailable503: notes.counts.unavailable,
    lostConnections: notes.counts.lost,
    gaveUp: notes.counts.gaveUp,
    exits,
    skipped,
    recovery: recoveryOf(struck, notes.done),
    memoryMb: Object.fromEntries(
      Object.entries(memoryMb).map(([name, mb]) => [name, Math.round(mb)]),
    ),
    diskMb: round(diskMb),
    acts: Object.fromEntries([...notes.acts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function latency(samples: readonly number[]): Latency {
  const sorted = [...samples];
  return { p50: round(quantile(sorted, 0.5)), p99: round(quantile(sorted, 0.99)) };
}

const spread = (samples: readonly number[]): Spread => ({
  median: round(quantile([...samples], 0.5)),
  max: round(Math.max(0, ...samples)),
});

const AFTER_MS = 5_000;

function recoveryOf(
  struck: readonly Struck[],
  done: readonly number[],
): Readonly<Record<string, Recovery>> {
  const kinds = new Map<string, Struck[]>();
  for (const one of struck) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return Object.fromEntries(
    [...kinds].map(([kind, all]) => [
      kind,
      {
        count: all.length,
        back: spread(all.map(({ backMs }) => backMs)),
        gap: spread(all.map((one) => longestGap(one, done))),
      },
    ]),
  );
}

/** The longest silence between the fault and a while after it was put right; `done` is in order. */
function longestGap({ from, healedAt }: Struck, done: readonly number[]): number {
  const to = healedAt + AFTER_MS;
  let last = from;
  let longest = 0;
  for (const at of done) {
    if (at < from) continue;
    longest = Math.max(longest, Math.min(at, to) - last);
    if (at >= to) return longest;
    last = at;
  }
  return longest;
}

const pair = ({ p50, p99 }: Latency): string => `p50 ${p50} ms, p99 ${p99} ms`;

/** Figures for people. */
export function textOf(figures: Figures): string {
  const { proposeMs, voteToWaiterMs, latenessMs, recovery, memoryMb } = figures;
  const rows = [
    `${figures.actions} actions, ${figures.entries} entries in ${figures.seconds} s: ${figures.actionsPerSecond} actions/s, ${figures.entriesPerSecond} entries/s`,
    `propose: ${pair(proposeMs)}`,
    `vote to waiter: ${pair(voteToWaiterMs)}`,
    `time's own entries late by: ${pair(latenessMs)}, max ${latenessMs.max} ms`,
    `clients: ${figures.unavailable503} answers 503, ${figures.lostConnections} connections lost, ${figures.gaveUp} gave up`,
    ...Object.entries(recovery).map(
      ([kind, { count, back, gap }]) =>
        `${kind} × ${count}: back in ${back.median} ms (max ${back.max}); longest silence ${gap.median} ms (max ${gap.max})`,
    ),
    `replicas: ${Object.entries(memoryMb)
      .map(([name, mb]) => `${name} ${mb} MB`)
      .join(
        ', ',
      )}; ${figures.exits} ended unasked; ${figures.skipped} faults found nothing whole to hurt`,
    `disk: ${figures.diskMb} MB`,
    `acts: ${Object.entries(figures.acts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  ];
  return rows.map((row) => `  ${row}`).join('\n');
}
