import {
  err,
  ok,
  validateArguments,
  type Arguments,
  type Gate,
  type GateRefusal,
  type Json,
  type Result,
  type Understood,
} from '@countersign/core';
import { detailsOf, headlineOf } from './describe.ts';
import type { Estimate, QueryArguments } from './house.ts';
import { DATABASE, GATE_AUDIENCE, SQL_QUERY } from './names.ts';
import { queryFactsOf } from './query-facts.ts';
import { QUERY_TYPE } from './query-type.ts';
import type { Classified } from './sql/facts.ts';

/** A database that is mounted, as the gate looks at it. */
export type Known = {
  readonly classify: (text: string) => Classified;
  /** Who answers for the data, for people to read. */
  readonly owner?: string;
  /** Longest a statement may take until nobody knows what became of it. */
  readonly executionMs?: number;
};

/** The gate for statements: what one does comes from its text and the catalog, never from the agent's words. */
export function createPostgresGate(parts: {
  /** Undefined: no database of this name is mounted. */
  readonly find: (database: string) => Known | undefined;
}): Gate {
  return Object.freeze({
    name: 'postgres',
    types: new Set([SQL_QUERY]),
    understand: (proposal) => understand(parts.find, proposal),
  } satisfies Gate);
}

const refuse = (
  code: GateRefusal['code'],
  path: string,
  message: string,
): Result<never, GateRefusal> => err({ code, path, message });

function understand(
  find: (database: string) => Known | undefined,
  { resource, arguments: given, evidence }: Parameters<Gate['understand']>[0],
): Result<Understood, GateRefusal> {
  if (resource.type !== DATABASE)
    return refuse('unknown-resource', '$.resource.type', `must be \`${DATABASE}\``);
  const database = find(resource.id);
  if (!database)
    return refuse('unknown-resource', '$.resource.id', 'no database of this name is mounted');
  const valid = validateArguments(QUERY_TYPE, given);
  if (!valid.ok) return unfit(valid.error.path, valid.error.message);
  const { bound, presentational } = valid.value;
  const args = bound as unknown as QueryArguments;
  const wrong = whatIsUnfit(args);
  return wrong
    ? unfit(...wrong)
    : ok(understood(database, { id: resource.id, bound, presentational }, args, readOf(evidence)));
}

const unfit = (path: string, message: string): Result<never, GateRefusal> =>
  refuse('invalid-arguments', path.replace('$', '$.arguments'), message);

const SHAPE = /^sha256:[0-9a-f]{64}$/;

/** What types cannot say. ATTACKER: an action may come from anybody, not only from a session of this gate. */
function whatIsUnfit({
  text,
  values = [],
  repeats,
  prepared = [],
}: QueryArguments): readonly [path: string, message: string] | undefined {
  if ([text, ...prepared.map((one) => one.text)].some((one) => one.includes('\0')))
    return ['$.text', 'must not hold a NUL'];
  const odd = values.findIndex(({ value }) => value !== null && typeof value !== 'string');
  if (odd !== -1) return [`$.values[${odd}].value`, 'must be text or null'];
  if (repeats && !SHAPE.test(repeats.shape)) return ['$.repeats.shape', 'must be a digest'];
  return undefined;
}

function understood(
  { classify, owner, executionMs }: Known,
  {
    id,
    ...split
  }: { readonly id: string; readonly bound: Arguments; readonly presentational: Arguments },
  args: QueryArguments,
  estimate: Estimate | undefined,
): Understood {
  const query = queryFactsOf(classify, args, estimate);
  const described = { args, query, estimate, owner };
  const isPrivate = query.statements.some(({ parameters }) => Object.keys(parameters).length > 0);
  return {
    type: SQL_QUERY,
    schemaVersion: QUERY_TYPE.version,
    resource: { type: DATABASE, id },
    ...split,
    judgedAs: query.judgedAs,
    facts: query.facts,
    inspectable: query.inspectable,
    // written only where somebody looks
    get headline() {
      return headlineOf(described);
    },
    get details() {
      return detailsOf(described);
    },
    privateArguments: isPrivate ? ['values'] : [],
    audience: GATE_AUDIENCE,
    ...(executionMs === undefined ? {} : { executionMs }),
  };
}

/** What the gate found out itself, before it proposed. */
function readOf(evidence: Json | undefined): Estimate | undefined {
  if (typeof evidence !== 'object' || evidence === null || Array.isArray(evidence))
    return undefined;
  const { rows, cost } = evidence as { readonly [name: string]: Json };
  return isAmount(rows) && isAmount(cost) ? { rows, cost } : undefined;
}

const isAmount = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
