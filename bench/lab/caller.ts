import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Ask, Wire } from './wire.ts';

/** What happened to requests, for the figures. */
export type Counts = {
  /** A durable answer to a POST arrived. */
  readonly onDone: () => void;
  readonly onUnavailable: (answer: Answer) => void;
  readonly onLost: () => void;
};

/** One client: it stays with a replica until that fails it, then goes on to the next. */
export type Caller = {
  readonly send: (ask: Ask) => Promise<Answer>;
  /** The same as `fetch`, for the SDK. */
  readonly fetch: typeof fetch;
  /** Index of the replica it talks to. */
  readonly at: () => number;
  readonly moveTo: (replica: number) => void;
};

export function createCaller(wires: readonly Wire[], first: number, counts: Counts): Caller {
  let at = first % wires.length;
  const moveFrom = (from: number): void => {
    if (at === from) at = (from + 1) % wires.length;
  };
  async function send(ask: Ask): Promise<Answer> {
    const used = at;
    try {
      const answer = await (wires[used] as Wire).ask(ask);
      if (answer.status === 503) {
        counts.onUnavailable(answer);
        moveFrom(used);
      } else if (ask.method === 'POST' && answer.status < 300) counts.onDone();
      return answer;
    } catch (error) {
      if (!ask.signal?.aborted) counts.onLost();
      moveFrom(used);
      throw error;
    }
  }
  return {
    send,
    at: () => at,
    moveTo: (replica) => (at = replica % wires.length),
    fetch: async (input, init = {}) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const path = `${pathname}${search}`;
      const { status, body, headers } = await send({
        method: init.method ?? 'GET',
        path,
        headers: init.headers as Record<string, string>,
        body: init.body as string | undefined,
        // a wait is as long as it says; the SDK's own limits are for slower networks
        timeoutMs: 10_000 + 1_000 * Number(/[?&]wait=(\d+)/.exec(path)?.[1] ?? 0),
        signal: init.signal ?? undefined,
      });
      return new Response(status === 204 ? null : body, { status, headers });
    },
  };
}

/** Sends until it is answered by other than a lost connection or 503, as long as `patienceMs`. Only where sending twice is safe. */
export async function persist(
  caller: Caller,
  ask: Ask,
  patienceMs: number,
): Promise<Answer | undefined> {
  const until = performance.now() + patienceMs;
  for (let tried = 0; ; tried++) {
    const answer = await caller.send(ask).catch(() => undefined);
    if (answer && answer.status !== 503) return answer;
    const backoff = Math.min(2_000, 100 * 2 ** tried) * (0.5 + Math.random() / 2);
    const asked = Number(answer?.headers['retry-after'] ?? 0) * 1_000;
    const wait = Math.max(backoff, Math.min(asked, 5_000));
    if (performance.now() + wait > until) return undefined;
    await sleep(wait);
  }
}
