import type { Json } from './action.ts';
import { InvalidArguments } from './errors.ts';

const MAX_DEPTH = 32;

/**
 * The arguments as JSON at this moment: a copy, so nothing the caller does later changes what was proposed, and
 * a strict one: what JSON would change or lose is refused. Only `undefined` members are left out.
 */
export const snapshot = (value: unknown): Json => copy(value, '$', 0);

function copy(value: unknown, path: string, depth: number): Json {
  if (depth > MAX_DEPTH) throw new InvalidArguments(path, `is nested deeper than ${MAX_DEPTH}`);
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new InvalidArguments(path, 'has a lone surrogate');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new InvalidArguments(path, 'is not a finite number');
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        throw new InvalidArguments(path, 'is an integer beyond ±(2^53−1); send it as a string');
      return value;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      return Array.isArray(value)
        ? Array.from(value, (item: unknown, i) => copy(item, `${path}[${i}]`, depth + 1))
        : record(value, path, depth);
    default:
      throw new InvalidArguments(path, `is a ${typeof value}, which JSON cannot carry`);
  }
}

function record(value: object, path: string, depth: number): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new InvalidArguments(path, `is a ${value.constructor.name}; pass plain data`);
  const out: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw new InvalidArguments(`${path}.${name}`, 'is refused');
    if (member !== undefined) out[name] = copy(member, `${path}.${name}`, depth + 1);
  }
  return out;
}
