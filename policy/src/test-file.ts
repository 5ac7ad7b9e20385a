import { TypedFact } from '@countersign/core';
import type { Entity, Fact, Facts, Question } from '@countersign/core';
import { uidOf, type Uid } from './cedar.ts';

/** One policy test as written; the members of stock `cedar run-tests`, and ours (`expect`, `raw`). */
export type PolicyTest = {
  readonly name: string;
  readonly request: {
    readonly principal: string;
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, unknown>>;
  };
  readonly entities: readonly {
    readonly uid: Uid | { readonly __entity: Uid };
    readonly attrs: Readonly<Record<string, unknown>>;
    readonly parents: readonly (Uid | { readonly __entity: Uid })[];
  }[];
  readonly decision: 'allow' | 'deny';
  readonly reason: readonly string[];
  readonly num_errors: number;
  readonly expect?: Expectation;
  /** Paths such as `$.destination` whose value is what an agent sent, not a typed value of the test's author. */
  readonly raw?: readonly string[];
};

/** What our judge must say; members left out are not checked. */
export type Expectation = {
  readonly verdict?: string;
  readonly code?: string;
  readonly matched?: Readonly<Partial<Record<'permit' | 'forbid' | 'review', readonly string[]>>>;
  readonly shadow?: readonly string[];
  readonly errors?: readonly string[];
  /** Texts each of which must be part of a reason. */
  readonly reasons?: readonly string[];
  /** All of them, in any order. */
  readonly requirements?: readonly ExpectedRequirement[];
};

export type ExpectedRequirement = {
  readonly kind?: string;
  readonly groups?: readonly string[];
  readonly quorum?: number;
  readonly assurance?: string;
  readonly expires?: string;
  readonly exclude?: readonly string[];
  readonly stage?: number;
  readonly distinct?: boolean;
  readonly risk?: string;
  readonly policies?: readonly string[];
  /** As the annotations have them. */
  readonly escalate?: string;
  readonly remind?: string;
};

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  test: ['name', 'request', 'entities', 'decision', 'reason', 'num_errors', 'expect', 'raw'],
  request: ['principal', 'action', 'resource', 'context', 'validateRequest'],
  expect: ['verdict', 'code', 'matched', 'shadow', 'errors', 'reasons', 'requirements'],
  matched: ['permit', 'forbid', 'review'],
  requirement: [
    'kind',
    'groups',
    'quorum',
    'assurance',
    'expires',
    'exclude',
    'stage',
    'distinct',
    'risk',
    'policies',
    'escalate',
    'remind',
  ],
};

class Malformed extends Error {}

/** The tests of a file; throws with a plain message where it holds something else. A misspelt member must not pass. */
export function readTests(json: unknown): readonly PolicyTest[] {
  if (!Array.isArray(json)) throw new Malformed('a test file is a JSON array of tests');
  return json.map((test: unknown, i) => {
    const where = `test ${i + 1}`;
    only(test, 'test', where);
    const { name, request, entities, decision, reason, num_errors, expect } = test as PolicyTest;
    must(typeof name === 'string', `${where}: \`name\` is a text`);
    only(request, 'request', `${where}, request`);
    must(Array.isArray(entities), `${where}: \`entities\` is a list`);
    must(decision === 'allow' || decision === 'deny', `${where}: \`decision\` is allow or deny`);
    must(Array.isArray(reason), `${where}: \`reason\` is a list`);
    must(Number.isInteger(num_errors), `${where}: \`num_errors\` is a number`);
    if (expect) {
      only(expect, 'expect', `${where}, expect`);
      if (expect.matched) only(expect.matched, 'matched', `${where}, matched`);
      for (const one of expect.requirements ?? [])
        only(one, 'requirement', `${where}, requirement`);
    }
    return test as PolicyTest;
  });
}

function must(isSo: boolean, message: string): void {
  if (!isSo) throw new Malformed(message);
}

function only(value: unknown, kind: string, where: string): void {
  must(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    `${where}: not an object`,
  );
  const known = MEMBERS[kind] ?? [];
  const odd = Object.keys(value as object).find((name) => !known.includes(name));
  must(odd === undefined, `${where}: unknown member \`${odd}\`; known: ${known.join(', ')}`);
}

/** `Ns::Type::"id"` as a uid. */
export function readUid(text: string): Uid {
  const match = /^(.+)::("(?:[^"\\]|\\.)*")$/s.exec(text);
  if (!match) throw new Malformed(`\`${text}\` is no entity; write \`Ns::Type::"id"\``);
  return { type: match[1] ?? '', id: JSON.parse(match[2] ?? '""') as string };
}

/** The test's request as the question a gate would ask. */
export function questionOf({ request, entities, raw = [] }: PolicyTest): Question {
  const resource = readUid(request.resource);
  return {
    agent: readUid(request.principal).id,
    action: readUid(request.action).id,
    resource: bare(resource),
    facts: factOf(request.context, '$', raw) as Facts,
    entities: entities.map(({ uid, attrs, parents }): Entity => ({
      ...bare(uidOf(uid)),
      attrs: factOf(attrs, '@', []) as Facts,
      parents: parents.map((parent) => bare(uidOf(parent))),
    })),
  };
}

/** A type without its namespace, as questions have it. */
const bare = ({ type, id }: Uid): { readonly type: string; readonly id: string } => ({
  type: type.replace(/^Countersign::/, ''),
  id,
});

function factOf(value: unknown, path: string, raw: readonly string[]): Fact {
  if (raw.includes(path)) return value as Fact;
  if (Array.isArray(value)) return value.map((item, i) => factOf(item, `${path}[${i}]`, raw));
  if (typeof value !== 'object' || value === null) return value as Fact;
  const { __entity, __extn } = value as { __entity?: Uid; __extn?: { fn: string; arg: string } };
  if (__entity) return TypedFact.entity(bare(__entity).type, __entity.id);
  if (__extn) return extension(__extn);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, factOf(inner, `${path}.${name}`, raw)]),
  );
}

function extension({ fn, arg }: { readonly fn: string; readonly arg: string }): TypedFact {
  switch (fn) {
    case 'datetime':
      return TypedFact.datetime(arg);
    case 'decimal':
      return TypedFact.decimal(arg);
    case 'ip':
      return TypedFact.ip(arg);
    default:
      throw new Malformed(`\`${fn}\` is no type of fact`);
  }
}
