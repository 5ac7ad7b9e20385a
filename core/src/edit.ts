import type { Approval } from './approval/approval.ts';
import type { Command, Refusal } from './approval/command.ts';
import { decide } from './approval/decide.ts';
import { change, courseOf } from './change.ts';
import type { Person } from './directory.ts';
import type { ProposalRefusal } from './draft.ts';
import type { ActionId, ApprovalId } from './ids.ts';
import type { Json } from './json.ts';
import type { Parts } from './parts.ts';
import { register } from './register.ts';
import { opened } from './release.ts';
import { err, ok, type Result } from './result.ts';

/** Other arguments for a waiting action, by a person. */
export type Edit = {
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly arguments: Json;
};

type Edited = Result<Approval, Refusal | ProposalRefusal | 'busy' | 'overloaded'>;

/**
 * Edited arguments are a new action with a new, linked approval; votes are void, the editor cannot vote (A14).
 * The successor is recorded first: if we die in between, both wait and each needs its own yes. A successor that policy
 * denies, or that nobody can be asked about, replaces nothing.
 */
export async function edited(parts: Parts, person: Person, edit: Edit): Promise<Edited> {
  const { store, directory, clock } = parts;
  const stream = await store.byApproval(edit.approvalId);
  if (!stream) return err('not-found');
  const supersede = (successor: ActionId): Command => ({
    type: 'supersede',
    by: person.id,
    successor,
    // that of the moment it is decided
    get directory() {
      return directory();
    },
  });
  const { approval } = await courseOf(store, stream);
  const allowed = decide(approval, supersede(stream), clock());
  if (!allowed.ok) return allowed;
  if (approval.state !== 'pending') return err('not-pending');
  if (approval.asked.version !== edit.version) return err('version-mismatch');
  const payload = await opened(parts, stream);
  if (!payload) return err('not-found');
  // nobody is asked about another form of a drill: with the edit it is over
  if (approval.proposed.drill) return apply(parts, stream, supersede(stream));
  const { lineage, type, resource } = payload.action;
  const entered = await register(
    parts,
    { agent: lineage.agent, type, resource, arguments: edit.arguments },
    {
      follows: stream,
      version: approval.asked.version,
      lineage: { ...lineage, editors: [...lineage.editors, person.id] },
    },
  );
  if (!entered.ok) return entered;
  const successor = ok(entered.value.approval);
  const { state } = successor.value;
  if (state !== 'pending' && state !== 'allowed') return successor;
  const { actionId, follows } = successor.value.proposed;
  const superseded = await apply(parts, stream, supersede(actionId));
  if (superseded.ok || (await isSupersededBy(parts, stream, actionId))) return successor;
  // decided meanwhile: the first decision stands, and what this edit alone brought about is withdrawn
  if (follows === stream) await apply(parts, actionId, { type: 'cancel', by: lineage.agent });
  return superseded;
}

const apply = (parts: Parts, stream: string, command: Command) =>
  change(
    parts.store,
    stream,
    (approval) => {
      const decided = decide(approval, command, parts.clock());
      return decided.ok ? ok({ events: decided.value }) : decided;
    },
    parts.settings,
  );

/** The same edit sent twice: the other one was first, and its successor is ours. */
async function isSupersededBy({ store }: Parts, stream: string, id: ActionId): Promise<boolean> {
  const { approval } = await courseOf(store, stream);
  return approval.state === 'superseded' && approval.successor === id;
}
