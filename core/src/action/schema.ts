import type { Json } from '../json.ts';
import { err, ok, type Result } from '../result.ts';

/** One argument of an action type. Closed: what is not declared is refused. */
export type Field = {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'json';
  readonly description?: string;
  /** Optional fields may be left out; a `default` is filled in before anything is digested. */
  readonly optional?: boolean;
  readonly default?: Json;
  readonly enum?: readonly (string | number)[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Field;
  readonly fields?: Readonly<Record<string, Field>>;
  /** Not part of the digest: rewording it is not a new action. Only at the top level. */
  readonly presentational?: boolean;
  /** Its value is masked in every view. */
  readonly private?: boolean;
};

/** A declared kind of action: which arguments it takes and which of them bind. */
export type ActionType = {
  readonly name: string;
  /** Part of the digest. Raise it whenever the meaning of an argument changes. */
  readonly version: number;
  readonly resource: string;
  readonly arguments: Readonly<Record<string, Field>>;
};

export type ArgumentRefusal = { readonly path: string; readonly message: string };
export type Arguments = { readonly [name: string]: Json };

/** Arguments after validation: `bound` go into the digest, `presentational` do not. Deeply frozen copies. */
export type Validated = { readonly bound: Arguments; readonly presentational: Arguments };

/** Validates arguments against their type, fills defaults, splits bound from presentational. Coerces nothing. */
export function validateArguments(
  type: ActionType,
  given: Json,
): Result<Validated, ArgumentRefusal> {
  const checked = checkMembers(type.arguments, given, '$');
  if (!checked.ok) return checked;
  const bound: Record<string, Json> = {};
  const presentational: Record<string, Json> = {};
  for (const [name, value] of Object.entries(checked.value))
    (type.arguments[name]?.presentational === true ? presentational : bound)[name] = value;
  return ok(
    Object.freeze({ bound: Object.freeze(bound), presentational: Object.freeze(presentational) }),
  );
}

function checkMembers(
  fields: Readonly<Record<string, Field>>,
  given: Json,
  path: string,
): Result<Arguments, ArgumentRefusal> {
  if (!isRecord(given)) return err({ path, message: 'must be an object' });
  for (const name of Object.keys(given))
    if (!Object.hasOwn(fields, name))
      return err({
        path: `${path}.${name}`,
        message: `unknown argument; known: ${Object.keys(fields).join(', ') || 'none'}`,
      });
  const out: Record<string, Json> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? given[name] : field.default;
    if (value === undefined) {
      if (field.optional === true) continue;
      return err({ path: `${path}.${name}`, message: 'is required' });
    }
    const checked = check(field, value, `${path}.${name}`);
    if (!checked.ok) return checked;
    out[name] = checked.value;
  }
  return ok(Object.freeze(out));
}

function check(field: Field, value: Json, path: string): Result<Json, ArgumentRefusal> {
  const wrong = whatIsWrong(field, value);
  if (wrong !== undefined) return err({ path, message: wrong });
  if (Array.isArray(value)) return checkItems(field, value, path);
  if (field.type === 'object' && field.fields) return checkMembers(field.fields, value, path);
  return ok(freezeDeep(value));
}

function checkItems(
  field: Field,
  values: readonly Json[],
  path: string,
): Result<Json, ArgumentRefusal> {
  const out: Json[] = [];
  for (const [i, value] of values.entries()) {
    const checked = field.items
      ? check(field.items, value, `${path}[${i}]`)
      : ok(freezeDeep(value));
    if (!checked.ok) return checked;
    out.push(checked.value);
  }
  return ok(Object.freeze(out));
}

function whatIsWrong(field: Field, value: Json): string | undefined {
  if (!hasType(field.type, value))
    return `must be ${field.type === 'json' ? 'JSON' : `of type ${field.type}`}`;
  if (field.enum && !field.enum.includes(value as string))
    return `must be one of ${field.enum.join(', ')}`;
  if (
    field.maxLength !== undefined &&
    (typeof value === 'string' || Array.isArray(value)) &&
    value.length > field.maxLength
  )
    return `is longer than ${field.maxLength}`;
  if (typeof value !== 'number') return undefined;
  if (field.minimum !== undefined && value < field.minimum) return `is below ${field.minimum}`;
  if (field.maximum !== undefined && value > field.maximum) return `is above ${field.maximum}`;
  return undefined;
}

function hasType(type: Field['type'], value: Json): boolean {
  switch (type) {
    case 'json':
      return true;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
}

const isRecord = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function freezeDeep(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}
