import { RISKS, type Risk } from '@countersign/core';
import { id, integer, oneOf, text, timeZone } from '../config/forms.ts';
import {
  listOf,
  mapOf,
  optional,
  record,
  required,
  wrongType,
  type Shape,
} from '../config/shape.ts';
import { WEEKDAYS, type Calendar, type Rotation } from './calendar.ts';

/** Who hears of what, and where: `routing.yaml` beside the policies. It says where people are asked, never who may answer. */
export type Routing = {
  /** Hours by name. */
  readonly calendars: Readonly<Record<string, Calendar>>;
  /** People on call, by name. */
  readonly rotations: Readonly<Record<string, Rotation>>;
  /** Every one that fits adds its places. */
  readonly routes: readonly Route[];
  /** Where alerts and broken glass are told besides. */
  readonly alerts: readonly Target[];
};

/** Places for requests of one kind. */
export type Route = {
  /** In logs and answers. */
  readonly id: string;
  /** Fits where one of these groups is asked; without any, always. */
  readonly groups: readonly string[];
  /** Fits these risks; without any, all. */
  readonly risks: readonly Risk[];
  /** Fits these action types, `sql.*` and the like included; without any, all. */
  readonly types: readonly string[];
  /** Fits within the hours of a calendar. */
  readonly during?: string;
  /** Fits outside of them. */
  readonly outside?: string;
  readonly to: readonly Target[];
};

/** Places in one channel. */
export type Target = {
  /** `id` of a channel in `countersign.yaml`. */
  readonly channel: string;
  /** A place of the channel: a Slack channel, a Teams conversation; webhooks and PagerDuty have but one. */
  readonly place?: string;
  /** `asked`: everybody who may answer, one by one. */
  readonly direct?: 'asked';
  /** Whoever is on call there. */
  readonly rotation?: string;
  /** These people, one by one. */
  readonly people: readonly string[];
};

/** A time of day as minutes after midnight. */
const clockTime: Shape<number> = {
  form: 'time of day',
  schema: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' },
  read: (value, path, { report }) => {
    const [, hour, minute] =
      (typeof value === 'string' && /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value)) || [];
    return hour === undefined || minute === undefined
      ? wrongType(report, path, 'text, a time of day such as "09:00"')
      : Number(hour) * 60 + Number(minute);
  },
};

const date: Shape<string> = {
  form: 'date',
  schema: { type: 'string', format: 'date' },
  read: (value, path, { report }) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(value) &&
    !Number.isNaN(Date.parse(`${value}T00:00:00Z`))
      ? value
      : wrongType(report, path, 'text, a date such as "2026-12-25"'),
};

const calendar: Shape<Calendar> = record<Calendar>('Calendar', {
  timeZone: optional('time_zone', timeZone, 'UTC'),
  days: optional('days', listOf(oneOf(WEEKDAYS)), ['Mon', 'Tue', 'Wed', 'Thu', 'Fri']),
  from: required('from', clockTime),
  to: required('to', clockTime),
  holidays: optional('holidays', listOf(date), []),
});

const rotation: Shape<Rotation> = record<Rotation>('Rotation', {
  timeZone: optional('time_zone', timeZone, 'UTC'),
  starts: required('starts', date),
  at: optional('at', clockTime, '09:00'),
  days: optional('days', integer(1, 28), 7),
  people: required('people', listOf(id)),
});

const target: Shape<Target> = record<Target>('Target', {
  channel: required('channel', id),
  place: optional('place', text),
  direct: optional('direct', oneOf(['asked'] as const)),
  rotation: optional('rotation', text),
  people: optional('people', listOf(id), []),
});

const route: Shape<Route> = record<Route>('Route', {
  id: required('id', id),
  groups: optional('groups', listOf(id), []),
  risks: optional('risks', listOf(oneOf(RISKS)), []),
  types: optional('types', listOf(text), []),
  during: optional('during', text),
  outside: optional('outside', text),
  to: required('to', listOf(target)),
});

/** The whole file. */
export const ROUTING: Shape<Routing> = record<Routing>('Routing', {
  calendars: optional('calendars', mapOf(calendar), {}),
  rotations: optional('rotations', mapOf(rotation), {}),
  routes: optional('routes', listOf(route), []),
  alerts: optional('alerts', listOf(target), []),
});

/** Where nothing is routed: the console and Web Push are all there is. */
export const NO_ROUTING: Routing = { calendars: {}, rotations: {}, routes: [], alerts: [] };
