import {
  err,
  ok,
  validateArguments,
  type Arguments,
  type Fact,
  type Facts,
  type Gate,
  type GateRefusal,
  type Inspectable,
  type Result,
  type Understood,
} from '@countersign/core';
import type { ApiActionType } from './action-type.ts';
import type { Catalogue, Resource } from './catalogue.ts';
import { derive, type Derived } from './derive.ts';
import { fillHeadline, phrase } from './headline.ts';

type Detail = Understood['details'][number];

const GRADES: readonly Inspectable[] = ['none', 'partial', 'full'];
const worst = (grades: readonly Inspectable[]): Inspectable =>
  GRADES.find((grade) => grades.includes(grade)) ?? 'full';

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
  const judged = judgeable(type, bound, found.value);
  return ok(Object.freeze({ ...fixed(type, found.value), bound, presentational, ...judged }));
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

type Judgeable = Pick<Understood, 'facts' | 'inspectable' | 'headline' | 'details'> &
  Partial<Understood>;

/** What policy and people look at. */
function judgeable(type: ApiActionType, bound: Arguments, resource: Resource): Judgeable {
  const derived = Object.entries(type.facts).map(
    ([name, rule]) => [name, derive(rule, bound, resource)] as const,
  );
  const facts: Record<string, Fact> = {};
  for (const [name, { fact }] of derived) if (fact !== undefined) facts[name] = freeze(fact);
  const unread = unreadArguments(type, bound);
  const subject = subjectOf(type, bound, resource);
  const gaps = [...derived.flatMap(([, { gaps: some }]) => some), ...unread, ...subject.gaps];
  return {
    facts: Object.freeze(facts),
    inspectable: worst([
      type.inspectable,
      ...derived.map(([, one]: readonly [string, Derived]) => one.inspectable),
      gaps.length > 0 ? 'partial' : 'full',
    ]),
    headline: fillHeadline(type.headline, { resource: resource.id, bound, facts }),
    details: [
      ...detailsOf(type, facts),
      ...gaps.map((value) => ({ label: 'not understood', value })),
    ],
    ...(subject.person === undefined ? {} : { subject: subject.person }),
  };
}

/** Arguments of open shape that no rule reads: they run, but nothing here says what they mean. */
function unreadArguments(type: ApiActionType, bound: Arguments): readonly string[] {
  const read = new Set(
    Object.values(type.facts).flatMap((rule) =>
      rule.from === 'sql' ? [rule.columns, rule.where] : 'argument' in rule ? [rule.argument] : [],
    ),
  );
  return Object.entries(type.arguments)
    .filter(([name]) => Object.hasOwn(bound, name) && !read.has(name))
    .filter(([, field]) => isOpen(field))
    .map(([name]) => `\`${name}\` has no declared shape`);
}

function isOpen(field: ApiActionType['arguments'][string]): boolean {
  if (field.type === 'json') return true;
  if (field.type === 'array') return field.items === undefined || isOpen(field.items);
  if (field.type !== 'object') return false;
  return field.fields === undefined || Object.values(field.fields).some(isOpen);
}

/** The resource's person where the operator states one; the agent's word otherwise, and then not fully understood. */
function subjectOf(
  type: ApiActionType,
  bound: Arguments,
  resource: Resource,
): { readonly person?: string; readonly gaps: readonly string[] } {
  if (type.subject === undefined) return { gaps: [] };
  if (resource.person !== undefined) return { person: resource.person, gaps: [] };
  const said = bound[type.subject];
  const gaps = ['whose resource this is: only the agent says so'];
  return typeof said === 'string' ? { person: said, gaps } : { gaps };
}

const SQL_LABELS = [
  ['tables', 'table'],
  ['verbs', 'verb'],
  ['rows', 'rows at most'],
  ['pii', 'personal data'],
  ['hasWhere', 'filtered'],
] as const;

function detailsOf(type: ApiActionType, facts: Facts): readonly Detail[] {
  return Object.entries(facts).flatMap(([name, fact]) => {
    const rule = type.facts[name];
    if (rule?.from === 'sql')
      return SQL_LABELS.map(([member, label]) => detail(label, (fact as Facts)[member]));
    const isPrivate =
      rule !== undefined && 'argument' in rule && type.arguments[rule.argument]?.private === true;
    return [isPrivate ? { label: name, value: '(private)' } : detail(name, fact)];
  });
}

const detail = (label: string, fact: Fact | undefined): Detail => ({
  label,
  value: fact === Number.MAX_SAFE_INTEGER ? 'unknown' : phrase(fact),
});

function freeze<T extends Fact>(fact: T): T {
  if (typeof fact !== 'object') return fact;
  for (const member of Object.values(fact)) freeze(member as Fact);
  return Object.freeze(fact);
}
