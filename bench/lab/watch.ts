import { setTimeout as sleep } from 'node:timers/promises';
import { openNote, parseVkey, readCheckpoint } from '@countersign/core';
import type { Notes } from './notes.ts';
import type { Replica } from './replica.ts';

const LOOK_MS = 250;
const CHECKPOINT_MS = 2_000;

/** Looks at the replicas from outside while the run goes on: who could write, which heads they signed, what they weigh. */
export type Watch = {
  readonly stop: () => Promise<void>;
  /** Highest resident memory of each replica in MB. */
  readonly memory: () => Readonly<Record<string, number>>;
};

export function startWatch(replicas: readonly Replica[], vkey: string, notes: Notes): Watch {
  const verifier = parseVkey(vkey);
  const memory: Record<string, number> = {};
  const seen = new Set<string>();
  const over = new AbortController();
  let lastWellAt = Date.now();

  /** A span without any replica that could write is one outage, counted from when the last was seen well. */
  function well(): void {
    const now = Date.now();
    if (now - lastWellAt > LOOK_MS * 4) notes.outages.push({ from: lastWellAt, to: now });
    lastWellAt = now;
  }

  async function look(replica: Replica): Promise<void> {
    while (!over.signal.aborted) {
      if (replica.standing() === 'up' && (await replica.isReady())) well();
      memory[replica.name] = Math.max(memory[replica.name] ?? 0, replica.rss());
      await sleep(LOOK_MS);
    }
  }

  async function collect(replica: Replica): Promise<void> {
    while (!over.signal.aborted) {
      await sleep(CHECKPOINT_MS);
      const note = await textOf(`http://127.0.0.1:${replica.port}/ledger/checkpoint`);
      if (note === undefined) continue;
      const checkpoint = readCheckpoint(note);
      if (!checkpoint || !verifier || !openNote(note, [verifier]).ok) {
        const detail = `it served a checkpoint that the log's key did not sign: ${JSON.stringify(note)}`;
        notes.violation({ rule: 'checkpoint-unsigned', seqs: [], ids: [replica.name], detail });
        continue;
      }
      const root = Buffer.from(checkpoint.root).toString('base64');
      const key = `${replica.name} ${checkpoint.size} ${root}`;
      if (!seen.has(key))
        notes.checkpoints.push({ size: checkpoint.size, root, from: replica.name });
      seen.add(key);
    }
  }

  const looking = replicas.flatMap((replica) => [look(replica), collect(replica)]);
  return {
    memory: () => memory,
    stop: async () => {
      over.abort();
      await Promise.all(looking);
    },
  };
}

const textOf = (url: string): Promise<string | undefined> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    async (answer) => {
      const text = await answer.text();
      return answer.ok ? text : undefined;
    },
    () => undefined,
  );
