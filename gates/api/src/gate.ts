import {
  err,
  ok,
  validateArguments,
  type Arguments,
  type Gate,
  type GateRefusal,
  type Result,
  type Understood,
} from '@countersign/core';
import type { ApiActionType } from './action-type.ts';
import type { Catalogue, Resource } from './catalogue.ts';
import { judgeable } from './judgeable.ts';

/**
 * The gate for any code: declared action types with closed arguments.
 * Facts come from bound arguments and the catalogue; what the agent says about its action never reaches it.
 */
export function createApiGate(types: readonly ApiActionType[], catalogue: Catalogue): Gate {
  const byName = new Map(types.map((type) => [type.name, type]));
  return Object.freeze({
    name: 'api',
    types: new Set(byName.keys()),
    understand: (proposal) => understand(byName, catalogue, proposal),
  } satisfies Gate);
}

type Proposal = Parameters<Gate['understand']>[0];
type Refused = Result<never, GateRefusal>;

const refuse = (code: GateRefusal['code'], path: string, message: string): Refused =>
  err({ code, path, message });

function understand(
  types: ReadonlyMap<string, ApiActionType>,
  catalogue: Catalogue,
  proposal: Proposal,
): Result<Understood, GateRefusal> {
  const type = types.get(proposal.type);
  if (!type)
    return refuse(
      'unknown-action-type',
      '$.type',
      'this action type is not declared; declare it in actions.yaml before an agent may propose it',
    );
  const found = findResource(type, catalogue, proposal.resource);
  if (!found.ok) return found;
  const valid = validateArguments(type, proposal.arguments);
  if (!valid.ok) {
    const { path, message } = valid.error;
    return refuse('invalid-arguments', path.replace('$', '$.arguments'), message);
  }
  const { bound, presentational } = valid.value;
  const unfit = whatIsUnfit(type, bound, found.value);
  if (unfit) return unfit;
  const understood = judgeable(type, bound, found.value);
  return ok(
    Object.freeze(Object.assign(understood, fixed(type, found.value), { bound, presentational })),
  );
}

function findResource(
  type: ApiActionType,
  catalogue: Catalogue,
  { type: given, id }: Proposal['resource'],
): Result<Resource, GateRefusal> {
  if (given !== type.resource)
    return refuse(
      'unknown-resource',
      '$.resource.type',
      `\`${type.name}\` acts on a ${type.resource}; name one of that type`,
    );
  const resource = catalogue.resource(given, id);
  return resource
    ? ok(resource)
    : refuse(
        'unknown-resource',
        '$.resource.id',
        `no ${type.resource} of this id is configured; list it under \`resources\``,
      );
}

/** What types cannot say: texts policy relies on are not blank, and the subject is who the resource belongs to. */
function whatIsUnfit(
  type: ApiActionType,
  bound: Arguments,
  resource: Resource,
): Refused | undefined {
  for (const rule of Object.values(type.facts)) {
    if (rule.from !== 'argument') continue;
    const value = bound[rule.argument];
    if (typeof value === 'string' && value.trim() === '')
      return refuse('invalid-arguments', `$.arguments.${rule.argument}`, 'must not be blank');
  }
  const subject = type.subject === undefined ? undefined : bound[type.subject];
  // ATTACKER: naming someone else as subject would let the real one approve
  if (type.subject === undefined || resource.person === undefined || subject === undefined)
    return undefined;
  return subject === resource.person
    ? undefined
    : refuse(
        'invalid-arguments',
        `$.arguments.${type.subject}`,
        'is not the person this resource belongs to',
      );
}

/** What follows from the declaration and the resource alone. */
function fixed(
  type: ApiActionType,
  resource: Resource,
): Pick<Understood, 'type' | 'schemaVersion' | 'resource' | 'judgedAs' | 'privateArguments'> &
  Partial<Understood> {
  const audience = resource.executor ?? type.executor;
  return {
    type: type.name,
    schemaVersion: type.version,
    resource: Object.freeze({ type: resource.type, id: resource.id }),
    judgedAs: type.judgedAs,
    privateArguments: privateNames(type),
    ...(audience === undefined ? {} : { audience }),
    ...(type.credential === undefined ? {} : { credential: type.credential }),
    ...(type.executionMs === undefined ? {} : { executionMs: type.executionMs }),
  };
}

const privateNames = (type: ApiActionType): readonly string[] =>
  Object.entries(type.arguments)
    .filter(([, field]) => field.private === true)
    .map(([name]) => name);
