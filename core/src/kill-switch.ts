import type { Directory } from './directory.ts';
import type { Judgement, JudgementCode } from './judgement.ts';

/** A deny by what stands above policy, whatever the engine said: it holds even when policy forgets it. */
export function withKillSwitch(
  judgement: Judgement,
  directory: Directory,
  agent: string,
): Judgement {
  if (directory.isKilled(agent)) return denied(judgement, 'kill-switch', 'The kill switch is on');
  // an executor may still hold a grant of an agent that is gone, and no policy has to look at the agent
  const known = directory.agent(agent);
  if (!known) return denied(judgement, 'request-invalid', 'The agent is not registered any more');
  // nobody would answer for what it does
  if (directory.person(known.owner)?.active !== true)
    return denied(judgement, 'request-invalid', 'The owner of the agent is not active');
  return judgement;
}

const denied = (judgement: Judgement, code: JudgementCode, reason: string): Judgement => ({
  ...judgement,
  verdict: 'deny',
  code,
  requirements: [],
  reasons: [reason],
});
