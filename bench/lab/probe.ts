import { createCaller, type Counts } from './caller.ts';
import { exported, propose, run, wait, type LabAgent } from './agent.ts';
import { vote, type Reviewer } from './desk.ts';
import type { Notes } from './notes.ts';
import type { Wire } from './wire.ts';

/**
 * One action that waits at one replica and is voted on at another; `kill` is called while the vote is under way.
 * Resolves with the ms until the agent had its answer, or undefined where it could not even begin.
 */
export type Probe = (
  at: { readonly waiter: number; readonly voter: number },
  kill: () => void,
) => Promise<number | undefined>;

const ENOUGH_MS = 40_000;

export function createProbe(parts: {
  readonly wires: readonly Wire[];
  readonly counts: Counts;
  readonly notes: Notes;
  readonly agentAt: (replica: number) => LabAgent;
  readonly reviewer: Omit<Reviewer, 'caller'>;
}): Probe {
  const { wires, counts, notes, agentAt, reviewer } = parts;
  return async (at, kill) => {
    const agent = agentAt(at.waiter);
    const status = await propose(agent, exported(agent.fresh(), 'customers'));
    const { approvalId } = status ?? {};
    if (status?.state !== 'pending' || approvalId === undefined) return undefined;
    let killedAt = 0;
    const strike = (): void => {
      if (killedAt !== 0) return;
      killedAt = performance.now();
      kill();
    };
    const waiting = wait(agent, status.id);
    const voter = { ...reviewer, caller: createCaller(wires, at.voter, counts) };
    // the vote is on its way when the replicas die
    const voting = vote(voter, approvalId, 'approve', notes, () => setImmediate(strike));
    const decided = await Promise.race([waiting, later(ENOUGH_MS)]);
    const took = performance.now() - killedAt;
    await voting;
    if (decided?.state !== 'approved') {
      const detail = `nobody answered its agent after its replica died: ${decided?.state ?? 'silence'}`;
      notes.violation({ rule: 'waiter-unanswered', seqs: [], ids: [status.id], detail });
      return undefined;
    }
    await run(agent, decided);
    return took;
  };
}

const later = (ms: number): Promise<undefined> =>
  new Promise((resolve) => void setTimeout(resolve, ms, undefined).unref());
