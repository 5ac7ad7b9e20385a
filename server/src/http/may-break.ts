import { decide } from '@countersign/core';
import type { Asked } from './asked.ts';
import type { Caller } from './exchange.ts';
import { bestOf, wouldSay } from './rights.ts';
import type { Sight } from './see.ts';

/** Whether a caller could break the glass now, at the best they can reach, by the very function that decides. */
export function mayBreakGlass({ parts }: Sight, approval: Asked, caller: Caller): boolean {
  if (caller.kind !== 'person' || approval.state !== 'pending') return false;
  const now = parts.clock();
  const directory = parts.directory();
  const person = directory.person(caller.id) ?? caller.person;
  const would = wouldSay(approval, person, { now, assurance: bestOf(person, caller, now) });
  const vote = { ...would.vote, reason: 'a reason they would give' };
  const command = {
    ...would,
    type: 'break-glass',
    vote,
    directory,
    useMs: 1,
    reviewMs: 1,
  } as const;
  return decide(approval, command, now).ok;
}
