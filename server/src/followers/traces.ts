import { isSettledState } from '@countersign/api';
import { decodeEntry, isId, STATES, type LedgerStore } from '@countersign/core';
import { createRecent } from '../telemetry/recent.ts';
import { spansOf, type Span } from '../telemetry/spans.ts';
import type { SpanRef } from '../telemetry/ids.ts';

/** Turns what this replica wrote into spans, behind the path of the actions themselves. */
export type Traces = {
  /** The span the agent of an action was in when it proposed. */
  readonly called: (action: string, caller: SpanRef) => void;
  /** Turns what was heard of so far into spans, and stops. */
  readonly stop: () => Promise<void>;
};

/** One unit of an action that was written here. */
type Heard = {
  readonly stream: string;
  readonly version: number;
  readonly entries: readonly string[];
  readonly isOver: boolean;
};

const PERIOD_MS = 250;
const MOST_WAITING = 10_000;
const SLICE = 50;

/**
 * Follows the ledger. Units are only noted when they are heard of; decoding them waits, and is done in slices, so that
 * an action costs the same with traces as without. What cannot be kept is dropped and counted, never waited for.
 */
export function followTraces(parts: {
  readonly store: Pick<LedgerStore, 'onAppended' | 'read'>;
  readonly out: (spans: readonly Span[]) => void;
  readonly onDropped: (units: number) => void;
}): Traces {
  const { store, out, onDropped } = parts;
  const recent = createRecent(store);
  const callers = new Map<string, SpanRef>();
  let heard: Heard[] = [];
  let running: Promise<void> | undefined;

  const unfollow = store.onAppended(({ stream, version, unit }) => {
    if (!unit || !isId('act', stream)) return;
    if (heard.length >= MOST_WAITING) return onDropped(1);
    const state = STATES.find((one) => one === unit.standing?.state);
    const isOver = state !== undefined && isSettledState(state);
    heard.push({ stream, version, entries: unit.entries, isOver });
  });

  async function told({ stream, version, entries, isOver }: Heard): Promise<readonly Span[]> {
    const last = entries.map((entry) => decodeEntry({ entry }));
    const events = await recent.upTo(stream, version, last);
    if (isOver) recent.forget(stream);
    const from = version - last.length;
    return spansOf({ action: stream, events, from, caller: callers.get(stream) });
  }
  async function tell(): Promise<void> {
    const units = heard;
    heard = [];
    for (let at = 0; at < units.length; at += SLICE) {
      for (const unit of units.slice(at, at + SLICE))
        out(await told(unit).catch(() => (onDropped(1), [])));
      await new Promise((resolve) => void setImmediate(resolve));
    }
    if (heard.length === 0) callers.clear();
  }
  const turn = (): Promise<void> =>
    (running ??= tell().finally(() => {
      running = undefined;
    }));
  const timer = setInterval(() => void turn(), PERIOD_MS).unref();

  return {
    called: (action, caller) => void (callers.size < MOST_WAITING && callers.set(action, caller)),
    stop: async () => {
      unfollow();
      clearInterval(timer);
      await running;
      await turn();
    },
  };
}
