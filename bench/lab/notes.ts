import { createWriteStream } from 'node:fs';
import type { Ack, Seen, Span } from './evidence.ts';
import type { ActName } from './scenario.ts';
import type { Violation } from './violation.ts';

/** Everything that was seen while the run went on; each line goes to a journal too. */
export type Notes = {
  readonly acks: Ack[];
  readonly checkpoints: Seen[];
  readonly outages: Span[];
  /** What was watched and must not be. */
  readonly watched: Violation[];
  readonly counts: { actions: number; gaveUp: number; unavailable: number; lost: number };
  readonly acts: Map<ActName, number>;
  readonly latencies: { readonly propose: number[]; readonly voteToWaiter: number[] };
  /** When durable answers arrived, in ms of the lab's clock. */
  readonly done: number[];
  readonly ack: (ack: Ack) => void;
  readonly note: (kind: string, about: object) => void;
  readonly violation: (violation: Violation) => void;
  readonly close: () => Promise<void>;
};

export function createNotes(path: string): Notes {
  const journal = createWriteStream(path);
  const note = (kind: string, about: object): void =>
    void journal.write(`${JSON.stringify({ at: Date.now(), kind, ...about })}\n`);
  const record: Notes = {
    acks: [],
    checkpoints: [],
    outages: [],
    watched: [],
    counts: { actions: 0, gaveUp: 0, unavailable: 0, lost: 0 },
    acts: new Map(),
    latencies: { propose: [], voteToWaiter: [] },
    done: [],
    ack: (ack) => {
      record.acks.push(ack);
      const { kind, ...about } = ack;
      note(kind, about);
    },
    note,
    violation: (violation) => {
      record.watched.push(violation);
      note('violation', violation);
    },
    close: () => new Promise((resolve) => void journal.end(resolve)),
  };
  return record;
}
