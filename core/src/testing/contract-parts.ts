import { instant, type Instant } from '../time.ts';
import type { LedgerStore, Standing, Unit } from '../ports.ts';
import { createFixedClock, type FixedClock } from './fixed-clock.ts';

/** What the contract needs of a test runner; vitest's own exports fit. */
export type Runner = {
  readonly describe: (title: string, run: () => void) => void;
  readonly test: (title: string, run: () => Promise<void>) => void;
  readonly expect: (actual: unknown) => {
    readonly toEqual: (expected: unknown) => void;
    readonly rejects: { readonly toThrow: (text: string) => Promise<void> };
  };
};

/** Opens an empty store under test; `dispose` closes it and removes what it left. */
export type MakeStore = (clock: FixedClock) => Promise<{
  readonly store: LedgerStore;
  readonly dispose: () => Promise<void>;
}>;

/** One contract test: a fresh store, gone afterwards. */
type StoreTest = (
  title: string,
  body: (store: LedgerStore, clock: FixedClock) => Promise<void>,
) => void;

/** What each chapter of the contract is given. */
export type Chapter = {
  readonly name: string;
  readonly describe: Runner['describe'];
  readonly expect: Runner['expect'];
  readonly test: StoreTest;
};

/** Gives every test of a chapter a store of its own. */
export function chapterOf(
  name: string,
  make: MakeStore,
  { describe, test, expect }: Runner,
): Chapter {
  return {
    name,
    describe,
    expect,
    test: (title, body) =>
      test(title, async () => {
        const clock = createFixedClock(T0);
        const { store, dispose } = await make(clock);
        try {
          await body(store, clock);
        } finally {
          await dispose();
        }
      }),
  };
}

/** One entry of a stream, at a version, without anything beside it. */
export const unit = (stream: string, expectedVersion: number, ...entries: string[]): Unit => ({
  stream,
  expectedVersion,
  entries: entries.length > 0 ? entries : [`{"at":${expectedVersion},"of":"${stream}"}`],
});

/** When every contract test begins. */
export const T0: Instant = instant(1_700_000_000_000);
/** A standing with no more than a state. */
export const standing = (state: string, more: Partial<Standing> = {}): Standing => ({
  state,
  agent: 'agent-a',
  createdAt: T0,
  ...more,
});
/** The answer to a unit that was written. */
export const done = (firstSeq: number, version: number): unknown => ({
  ok: true,
  value: { firstSeq, version },
});
/** The answer to a unit at another version. */
export const conflict = (version: number): unknown => ({
  ok: false,
  error: { code: 'conflict', version },
});
