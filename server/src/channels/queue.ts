/**
 * How a piece of work ended: it is done, or it has to be done again, at the earliest after `afterMs`. `isOnlyHere`: that says
 * nothing about the rest of the channel.
 */
export type Brought =
  | { readonly did: 'done' }
  | {
      readonly did: 'again';
      readonly because: string;
      readonly afterMs?: number;
      readonly isOnlyHere?: true;
    };

/** Work of one channel, by name. Names that are added while they wait, or are worked on, are done once more, not twice. */
export type Queue = {
  readonly add: (name: string) => void;
  /** How many names are not done. */
  readonly waiting: () => number;
  /** Forgets what waits; resolves when nothing is under way any more. */
  readonly clear: () => Promise<void>;
};

export type QueueParts = {
  /** Most pieces under way at once. */
  readonly together: number;
  /** Does the work; what it throws is like a failure of the vendor. */
  readonly bring: (name: string) => Promise<Brought>;
  /** Why nothing goes through, or undefined once something does again. */
  readonly onState: (because: string | undefined) => void;
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds of a clock that only goes on. */
  readonly now?: () => number;
};

/** So many failures in a row and the channel counts as down: one piece at a time is tried then. */
const DOWN_AFTER = 3;
const FIRST_MS = 1_000;
const MOST_MS = 60_000;

/** Exponential, with chance in it so that replicas and channels do not come back at one moment. */
const backoff = (tries: number): number =>
  Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 10)) * (0.5 + Math.random() / 2);

/** Makes the queue of one channel. A vendor that asks for a pause gets it; one that is down is asked seldom, and nothing is lost. */
export function createQueue(parts: QueueParts): Queue {
  const { together, bring, onState, onFailure, now = () => performance.now() } = parts;
  const ready = new Set<string>();
  const later = new Map<string, number>();
  const tries = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  let failures = 0;
  let isDown = false;
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  function next(): string | undefined {
    const at = now();
    for (const [name, due] of later) {
      if (due > at) continue;
      later.delete(name);
      ready.add(name);
    }
    const [first] = ready;
    // the probe of a channel that is down need not wait for its own turn
    return first ?? (isDown ? [...later.keys()][0] : undefined);
  }

  function run(): void {
    clearTimeout(timer);
    const most = isDown ? 1 : together;
    while (running.size < most && now() >= pausedUntil) {
      const name = next();
      if (name === undefined) break;
      ready.delete(name);
      later.delete(name);
      running.set(name, work(name));
    }
    const due = Math.max(pausedUntil, Math.min(...(ready.size > 0 ? [0] : later.values())));
    if (ready.size + later.size === 0 || running.size >= most) return;
    timer = setTimeout(run, Math.max(1, due - now())).unref();
  }

  async function work(name: string): Promise<void> {
    const brought = await bring(name).catch((error: unknown): Brought => {
      onFailure(error);
      return { did: 'again', because: 'failed' };
    });
    running.delete(name);
    if (brought.did === 'done') succeeded(name);
    else failed(name, brought);
    run();
  }

  function succeeded(name: string): void {
    failures = 0;
    tries.delete(name);
    if (again.delete(name)) ready.add(name);
    if (!isDown) return;
    isDown = false;
    onState(undefined);
    for (const one of later.keys()) ready.add(one);
    later.clear();
  }

  type Failed = Extract<Brought, { readonly did: 'again' }>;
  function failed(name: string, { because, afterMs, isOnlyHere }: Failed): void {
    again.delete(name);
    if (afterMs !== undefined) {
      // what the vendor asks for is no failure, unless it never ends
      pausedUntil = Math.max(pausedUntil, now() + Math.min(afterMs, 10 * MOST_MS));
      ready.add(name);
      return;
    }
    const tried = (tries.get(name) ?? 0) + 1;
    tries.set(name, tried);
    later.set(name, now() + backoff(tried));
    if (isOnlyHere || ++failures < DOWN_AFTER) return;
    pausedUntil = Math.max(pausedUntil, now() + backoff(failures - DOWN_AFTER + 1));
    if (!isDown) onState(because);
    isDown = true;
  }

  return {
    add: (name) => {
      if (running.has(name)) again.add(name);
      else if (!later.has(name)) ready.add(name);
      run();
    },
    waiting: () => ready.size + later.size + running.size,
    clear: async () => {
      clearTimeout(timer);
      for (const names of [ready, later, again, tries]) names.clear();
      await Promise.all(running.values());
      clearTimeout(timer);
      ready.clear();
      later.clear();
    },
  };
}
