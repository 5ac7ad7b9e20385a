import { uidOf, uidText, type PolicyJson, type Uid } from './cedar.ts';

/** Which principals or resources a policy's scope can be true for. Both tests must hold; absent means any. */
export type Reach = { readonly is?: string; readonly equals?: Uid; readonly within?: Uid };

/** A policy's scope: the part that decides, before any condition, whether it can match at all. */
export type Scope = {
  readonly principal: Reach;
  /** Uids of actions or groups, one of which the action must be or be in; absent means any. */
  readonly actions?: readonly string[];
  readonly resource: Reach;
};

type Constraint = PolicyJson['principal'] | PolicyJson['resource'];

function reachOf(constraint: Constraint): Reach {
  switch (constraint.op) {
    case 'All':
      return {};
    case '==':
      return 'entity' in constraint ? { equals: uidOf(constraint.entity) } : {};
    case 'in':
      return 'entity' in constraint ? { within: uidOf(constraint.entity) } : {};
    case 'is': {
      const within = constraint.in && 'entity' in constraint.in ? constraint.in.entity : undefined;
      return { is: constraint.entity_type, ...(within && { within: uidOf(within) }) };
    }
    default:
      return {}; // INVARIANT: an unknown shape is kept in every slice
  }
}

function actionsOf(constraint: PolicyJson['action']): readonly string[] | undefined {
  if (constraint.op === 'All') return undefined;
  if ('entities' in constraint) return constraint.entities.map((e) => uidText(uidOf(e)));
  return 'entity' in constraint ? [uidText(uidOf(constraint.entity))] : undefined;
}

/** The scope of a policy from its JSON form. */
export function scopeOf(policy: PolicyJson): Scope {
  const actions = actionsOf(policy.action);
  const principal = reachOf(policy.principal);
  const resource = reachOf(policy.resource);
  return actions ? { principal, actions, resource } : { principal, resource };
}

/** Whether the policy names neither an action nor a group, so that it stands in every slice. */
export const isUnscoped = (scope: Scope): boolean => scope.actions === undefined;
