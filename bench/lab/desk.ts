import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './caller.ts';
import { persist } from './caller.ts';
import type { Chance } from './chance.ts';
import type { Known } from './installation.ts';
import type { Notes } from './notes.ts';
import type { Scenario } from './scenario.ts';
import type { Answer } from './wire.ts';

/** How people answer a request. */
export type Verdict = 'approve' | 'deny' | 'crowd' | 'owner-first';

/** A request that somebody was asked about. */
type Case = {
  readonly id: string;
  readonly approvalId: string;
  readonly owner: string;
  readonly verdict: Verdict;
};

/** The people: each asked as the case wants it, after thinking. */
export type Desk = {
  readonly put: (one: Case) => void;
  /** When the last vote on an action was sent, in ms of the lab's clock. */
  readonly votedAt: (id: string) => number | undefined;
  /** Resolves when every case put is done. */
  readonly idle: () => Promise<void>;
};

export type Reviewer = Known & { readonly caller: Caller };

const PATIENCE_MS = 40_000;
const CROWD = 3;

export function createDesk(parts: {
  readonly reviewers: readonly Reviewer[];
  readonly scenario: Scenario;
  readonly chance: Chance;
  readonly notes: Notes;
}): Desk {
  const { reviewers, scenario, notes } = parts;
  const votedAt = new Map<string, number>();
  const open = new Set<Promise<void>>();

  async function answer({ id, approvalId, owner, verdict }: Case, chance: Chance): Promise<void> {
    const others = reviewers.filter((one) => one.id !== owner);
    const voters = chance.some(others, verdict === 'crowd' ? CROWD : 1);
    await sleep(chance.within(scenario.think.reviewer));
    if (verdict === 'owner-first') {
      const own = reviewers.find((one) => one.id === owner);
      // must be refused; where it is not, the ledger shows it
      if (own) await vote(own, approvalId, 'approve', notes);
    }
    const choice = verdict === 'deny' ? 'deny' : 'approve';
    await Promise.all(
      voters.map((one) =>
        vote(one, approvalId, choice, notes, () => votedAt.set(id, performance.now())),
      ),
    );
  }

  return {
    put: (one) => {
      const done: Promise<void> = answer(one, parts.chance.fork(one.approvalId))
        .catch((error: unknown) => notes.note('desk-failed', { message: String(error) }))
        .finally(() => open.delete(done));
      open.add(done);
    },
    votedAt: (id) => votedAt.get(id),
    idle: async () => {
      await Promise.all(open);
    },
  };
}

/** Reads the request as it stands and votes on what was read; remembers a vote that was acknowledged. */
export async function vote(
  { id, token, caller }: Reviewer,
  approvalId: string,
  choice: 'approve' | 'deny',
  notes: Notes,
  onSending: () => void = () => undefined,
): Promise<Answer | undefined> {
  const path = `/v1/approvals/${approvalId}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const timeoutMs = 10_000;
  const page = await persist(caller, { method: 'GET', path, headers, timeoutMs }, PATIENCE_MS);
  if (page?.status !== 200) return page;
  const { version, seenDigest } = JSON.parse(page.body) as { version: number; seenDigest: string };
  const body = JSON.stringify({ choice, version, seenDigest });
  const ask = { method: 'POST', path: `${path}/votes`, headers, body, timeoutMs };
  onSending();
  const answer = await persist(caller, ask, PATIENCE_MS);
  if (answer?.status === 200) notes.ack({ kind: 'voted', approvalId, person: id, choice });
  return answer;
}
