import type { Instant, Risk } from '@countersign/core';
import { isWithin, onCall } from './calendar.ts';
import type { Route, Routing, Target } from './routing.ts';

/** What a request is routed by. */
export type Asking = {
  readonly type: string;
  readonly risk: Risk;
  /** Groups asked now. */
  readonly groups: readonly string[];
  /** Accounts whose answer would count now, or would have. */
  readonly people: () => readonly string[];
};

/** Where something is told: a channel by its id, and a place there. */
export type Place = { readonly channel: string; readonly place: string };

/** Most people written to one by one about one request (T28: more are no reason to tell nobody). */
const MOST_DIRECT = 50;

const matches = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;

const isOne = <T>(list: readonly T[], is: (one: T) => boolean): boolean =>
  list.length === 0 || list.some(is);

/** Whether a route is for a request, at a moment. */
function fits(route: Route, { calendars }: Routing, asking: Asking, now: Instant): boolean {
  const during = route.during === undefined ? undefined : calendars[route.during];
  const outside = route.outside === undefined ? undefined : calendars[route.outside];
  return (
    isOne(route.groups, (group) => asking.groups.includes(group)) &&
    isOne(route.risks, (risk) => risk === asking.risk) &&
    isOne(route.types, (type) => matches(type, asking.type)) &&
    (!during || isWithin(during, now)) &&
    (!outside || !isWithin(outside, now))
  );
}

/** Everywhere a request is put now, each place once. */
export const placesFor = (routing: Routing, asking: Asking, now: Instant): readonly Place[] =>
  placesOf(
    routing.routes.filter((route) => fits(route, routing, asking, now)).flatMap(({ to }) => to),
    routing,
    { people: asking.people, now },
  );

/** Everywhere somebody of these groups is asked at any time: for what nobody may miss. */
export const everyPlaceFor = (
  routing: Routing,
  asking: Pick<Asking, 'groups' | 'people'>,
  now: Instant,
): readonly Place[] =>
  placesOf(
    [
      ...routing.routes
        .filter(({ groups }) => isOne(groups, (group) => asking.groups.includes(group)))
        .flatMap(({ to }) => to)
        // whoever was passed over hears of it in person, wherever people can be written to
        .map((target): Target =>
          target.direct || target.rotation !== undefined || target.people.length > 0
            ? { ...target, direct: 'asked' }
            : target,
        ),
      ...routing.alerts,
    ],
    routing,
    { people: asking.people, now },
  );

/** Where alerts are told. */
export const alertPlaces = (routing: Routing, now: Instant): readonly Place[] =>
  placesOf(routing.alerts, routing, { people: () => [], now });

function placesOf(
  targets: readonly Target[],
  { rotations }: Routing,
  { people, now }: { readonly people: () => readonly string[]; readonly now: Instant },
): readonly Place[] {
  const found = new Map<string, Place>();
  const add = (channel: string, place: string): void =>
    void found.set(JSON.stringify([channel, place]), { channel, place });
  for (const target of targets) {
    const { channel, place, direct, people: named } = target;
    const rotation = target.rotation === undefined ? undefined : rotations[target.rotation];
    const persons = [
      ...named,
      ...(rotation ? onCall(rotation, now) : []),
      ...(direct ? people().slice(0, MOST_DIRECT) : []),
    ];
    for (const person of persons) add(channel, `person:${person}`);
    const isToPeople = direct !== undefined || rotation !== undefined || named.length > 0;
    // a webhook has but one place
    if (place !== undefined || !isToPeople) add(channel, place ?? '');
  }
  return [...found.values()];
}
