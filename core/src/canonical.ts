/** Thrown where a value has no canonical form: a bug at our side, or untrusted data that was not validated. */
export class NotCanonical extends Error {
  readonly code = 'not-canonical';
  readonly path: string;
  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = 'NotCanonical';
    this.path = path;
  }
}

const MAX_DEPTH = 64;

/**
 * The canonical JSON text of a value: RFC 8785 (JCS), and stricter. Refuses what JSON or JCS would silently change:
 * undefined, functions, non-plain objects, sparse arrays, non-finite numbers, integers beyond ±(2^53−1),
 * lone surrogates, nesting beyond 64.
 */
export const canonical = (value: unknown): string => write(value, '$', 0);

function write(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotCanonical(path, 'nested deeper than 64');
  switch (typeof value) {
    case 'string':
      return text(value, path);
    case 'number':
      return number(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? list(value, path, depth) : record(value, path, depth);
    default:
      throw new NotCanonical(path, `a ${typeof value} has no JSON form`);
  }
}

function text(value: string, path: string): string {
  if (!value.isWellFormed()) throw new NotCanonical(path, 'lone surrogate');
  return JSON.stringify(value);
}

function number(value: number, path: string): string {
  if (!Number.isFinite(value)) throw new NotCanonical(path, 'not a finite number');
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new NotCanonical(path, 'integer beyond ±(2^53−1)');
  return String(value === 0 ? 0 : value);
}

function list(values: readonly unknown[], path: string, depth: number): string {
  let out = '[';
  for (let i = 0; i < values.length; i++) {
    if (!(i in values)) throw new NotCanonical(`${path}[${i}]`, 'hole in an array');
    out += (i ? ',' : '') + write(values[i], `${path}[${i}]`, depth + 1);
  }
  return `${out}]`;
}

function record(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotCanonical(path, 'not a plain object');
  const members = value as Readonly<Record<string, unknown>>;
  let out = '{';
  // default sort compares UTF-16 code units, as RFC 8785 §3.2.3 asks
  for (const name of Object.keys(value).toSorted())
    out += `${out.length > 1 ? ',' : ''}${text(name, path)}:${write(members[name], `${path}.${name}`, depth + 1)}`;
  return `${out}}`;
}
