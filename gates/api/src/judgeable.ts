import type { Arguments, Fact, Facts, Inspectable, Understood } from '@countersign/core';
import type { ApiActionType } from './action-type.ts';
import type { Resource } from './catalogue.ts';
import { derive, type Derived } from './derive.ts';
import { fillHeadline, phrase } from './headline.ts';

type Detail = Understood['details'][number];

const GRADES: readonly Inspectable[] = ['none', 'partial', 'full'];
const worst = (grades: readonly Inspectable[]): Inspectable =>
  GRADES.find((grade) => grades.includes(grade)) ?? 'full';

type Judgeable = Pick<Understood, 'facts' | 'inspectable' | 'headline' | 'details'> &
  Partial<Understood>;

/** What policy and people look at: derived from bound arguments and the catalogue alone. */
export function judgeable(type: ApiActionType, bound: Arguments, resource: Resource): Judgeable {
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
    // written only where somebody looks: most actions pass without a view
    get headline() {
      return fillHeadline(type.headline, { resource: resource.id, bound, facts });
    },
    get details() {
      return [
        ...detailsOf(type, facts),
        ...gaps.map((value) => ({ label: 'not understood', value })),
      ];
    },
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
