import type { Json } from '@countersign/core';
import { id, integer, text, typeName } from './forms.ts';
import { listOf, mapOf, optional, record, required, type Shape } from './shape.ts';

/** Drills: harmless requests that are obviously wrong, asked of people to see that they read. They never run, whatever is answered. */
export type DrillSettings = {
  /** The agent in whose name they are asked. One that people know: a name of its own would tell. */
  readonly agent: string;
  /** How many are asked in a week, at times nobody can guess, Monday to Friday from 9 to 17 in `time_zone`. 0: only by `countersign drills run`. */
  readonly perWeek: number;
  /** What is asked: actions that the policies ask people about and that nobody should approve. */
  readonly templates: readonly DrillTemplate[];
};

/** One action a drill may ask about. */
export type DrillTemplate = {
  /** What it is called. */
  readonly id: string;
  /** Type of the action. */
  readonly type: string;
  /** What it would act on. */
  readonly resource: DrillResource;
  /** Its arguments. */
  readonly arguments: Readonly<Record<string, Json>>;
  /** What the agent says about it, shown as an agent's words are. */
  readonly say?: string;
};

/** What a drill would act on. */
type DrillResource = {
  /** Type in policy, such as `Database`. */
  readonly type: string;
  /** Name in policy. */
  readonly id: string;
};

const anything: Shape<Json> = {
  form: 'anything',
  schema: {},
  read: (value) => value as Json,
};

const resource: Shape<DrillResource> = record<DrillResource>('DrillResource', {
  type: required('type', typeName),
  id: required('id', text),
});

const template: Shape<DrillTemplate> = record<DrillTemplate>('DrillTemplate', {
  id: required('id', id),
  type: required('type', text),
  resource: required('resource', resource),
  arguments: optional('arguments', mapOf(anything), {}),
  say: optional('say', text),
});

/** The form of `drills`. */
export const drills: Shape<DrillSettings> = record<DrillSettings>('DrillSettings', {
  agent: required('agent', id),
  perWeek: optional('per_week', integer(0, 50), 1),
  templates: required('templates', listOf(template)),
});
