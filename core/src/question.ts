import type { Lineage } from './action/action.ts';
import type { Directory } from './directory.ts';
import { written, writtenOnce, type Written } from './canonical.ts';
import { entitiesOf } from './entities.ts';
import { packFact, unpackFact } from './facts.ts';
import type { Inspectable } from './gate.ts';
import type { Json } from './json.ts';
import { TypedFact, type Entity, type Facts, type Question } from './judgement.ts';
import { toIso, type Instant } from './time.ts';

/** What a question is made of besides the directory and the time. */
export type Matter = {
  readonly lineage: Lineage;
  readonly judgedAs: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly facts: Facts;
  readonly inspectable: Inspectable;
};

const GRADES: Readonly<Record<Inspectable, TypedFact>> = {
  full: TypedFact.entity('Inspectable', 'full'),
  partial: TypedFact.entity('Inspectable', 'partial'),
  none: TypedFact.entity('Inspectable', 'none'),
};

/** The question for policy: the gate's facts as they are, everything about who and when from the directory of now. */
export function questionOf(
  matter: Matter,
  directory: Directory,
  now: Instant,
  timeZone: string,
): Question {
  const { lineage, judgedAs, resource, facts, inspectable } = matter;
  const { onBehalfOf } = lineage;
  const base: Facts = {
    killSwitch: directory.isKilled(lineage.agent),
    now: TypedFact.datetime(toIso(now)),
    local: localTime(now, timeZone),
    inspectable: GRADES[inspectable],
    ...(onBehalfOf === undefined ? {} : { onBehalfOf: TypedFact.entity('Person', onBehalfOf) }),
  };
  return {
    agent: lineage.agent,
    action: judgedAs,
    resource,
    facts: { ...facts, base },
    entities: entitiesOf(lineage, resource, directory),
  };
}

type LocalTime = { readonly weekday: string; readonly hour: number };
type Zone = { readonly format: Intl.DateTimeFormat; minute: number; time: LocalTime };
const zones = new Map<string, Zone>();

/** Weekday and hour in the policy's time zone (IANA name). Zones differ by whole minutes, so one answer serves a minute. */
function localTime(now: Instant, timeZone: string): LocalTime {
  const zone = zones.get(timeZone) ?? openZone(timeZone);
  const minute = Math.floor(now / 60_000);
  if (zone.minute !== minute) {
    const parts = zone.format.formatToParts(now);
    const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
    zone.time = { weekday: of('weekday'), hour: Number(of('hour')) };
    zone.minute = minute;
  }
  return zone.time;
}

function openZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: 'numeric',
    hourCycle: 'h23',
  });
  const zone: Zone = { format, minute: Number.NaN, time: { weekday: '', hour: 0 } };
  zones.set(timeZone, zone);
  return zone;
}

/** A question as plain JSON for keeping. */
export const packQuestion = ({ facts, entities, ...rest }: Question): Json => ({
  ...rest,
  facts: packFact(facts),
  entities: packEntities(entities),
});

const packed = new WeakMap<Question['entities'], Json>();

/** A list that cannot change is packed once. */
function packEntities(entities: Question['entities']): Json {
  const before = packed.get(entities);
  if (before !== undefined) return before;
  const made = entities.map(({ attrs, ...entity }) => ({ ...entity, attrs: packFact(attrs) }));
  if (Object.isFrozen(entities)) packed.set(entities, Object.freeze(made));
  return made;
}

/** A packed question as it stands in more than one text. Throws `NotCanonical`. */
export function writeQuestion(question: Json): Written {
  const { entities, ...rest } = question as { readonly entities: readonly Json[] };
  const of = { ...rest, entities: writtenOnce(entities, '.question.entities', 2) };
  return written(of, '.question', 1);
}

/** The question that was kept. */
export function unpackQuestion(json: Json): Question {
  const { facts, entities, ...rest } = json as unknown as Omit<Question, 'facts' | 'entities'> & {
    facts: Json;
    entities: readonly (Omit<Entity, 'attrs'> & { attrs: Json })[];
  };
  return {
    ...rest,
    facts: unpackFact(facts) as Facts,
    entities: entities.map(({ attrs, ...entity }) => ({
      ...entity,
      attrs: unpackFact(attrs) as Facts,
    })),
  };
}
