/** Thrown where a value has no canonical form: a bug at our side, or untrusted data that was not validated. */
export class NotCanonical extends Error {
  readonly code = 'not-canonical';
  /** Where in the value, `$` being the whole. */
  path: string;
  readonly #why: string;
  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = 'NotCanonical';
    this.path = path;
    this.#why = why;
  }
  /** Says, on the way out, through which member the place was reached. */
  within(step: string): void {
    this.path = `$${step}${this.path.slice(1)}`;
    this.message = `${this.path}: ${this.#why}`;
  }
}

const MAX_DEPTH = 64;

/**
 * The canonical JSON text of a value: RFC 8785 (JCS), and stricter. Refuses what JSON or JCS would silently change:
 * undefined, functions, non-plain objects, sparse arrays, non-finite numbers, integers beyond ±(2^53−1),
 * lone surrogates, nesting beyond 64.
 */
export const canonical = (value: unknown): string => write(value, 0);

/** A value of which only its canonical text is left: it stands for the value in what is written around it. */
export class Written {
  readonly text: string;
  constructor(canonicalText: string) {
    this.text = canonicalText;
  }
}

/**
 * Writes a value that is part of more than one text.
 * @param step how the whole reaches it, for errors: `.arguments`
 * @param depth how deep it stands at most
 */
export function written(value: unknown, step: string, depth: number): Written {
  try {
    return new Written(write(value, depth));
  } catch (error) {
    if (error instanceof NotCanonical) error.within(step);
    throw error;
  }
}

const lasting = new WeakMap<object, Written>();

/**
 * The same, once for as long as the value is there. INVARIANT: who freezes a value and gives it here changes nothing in it
 * either; one that is not frozen is written anew each time.
 */
export function writtenOnce(value: object, step: string, depth: number): Written {
  const before = lasting.get(value);
  if (before) return before;
  const made = written(value, step, depth);
  if (Object.isFrozen(value)) lasting.set(value, made);
  return made;
}

const refuse = (why: string): never => {
  throw new NotCanonical('$', why);
};

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'number':
      return number(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) refuse('nested deeper than 64');
      return Array.isArray(value) ? list(value, depth) : record(value, depth);
    default:
      return refuse(`a ${typeof value} has no JSON form`);
  }
}

const PLAIN = /^[ !#-[\]-~]*$/;

function text(value: string): string {
  // most of what we write needs no escape, and then quoting is a concatenation
  if (value.length < 100 && PLAIN.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) refuse('lone surrogate');
  return JSON.stringify(value);
}

function number(value: number): string {
  if (!Number.isFinite(value)) refuse('not a finite number');
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) refuse('integer beyond ±(2^53−1)');
  return String(value === 0 ? 0 : value);
}

function list(values: readonly unknown[], depth: number): string {
  let out = '[';
  let i = 0;
  try {
    for (; i < values.length; i++) {
      if (!(i in values)) refuse('hole in an array');
      out += (i ? ',' : '') + write(values[i], depth + 1);
    }
  } catch (error) {
    if (error instanceof NotCanonical) error.within(`[${i}]`);
    throw error;
  }
  return `${out}]`;
}

function record(value: object, depth: number): string {
  if (value instanceof Written) return value.text;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse('not a plain object');
  const members = value as Readonly<Record<string, unknown>>;
  let out = '{';
  let at = '';
  try {
    for (at of sortedNames(value))
      out += `${out.length > 1 ? ',' : ''}${text(at)}:${write(members[at], depth + 1)}`;
  } catch (error) {
    if (error instanceof NotCanonical) error.within(`.${at}`);
    throw error;
  }
  return `${out}}`;
}

/** Names by UTF-16 code units, as RFC 8785 §3.2.3 asks and `<` compares. */
function sortedNames(value: object): readonly string[] {
  const names = Object.keys(value);
  for (let i = 1; i < names.length; i++)
    // oxlint-disable-next-line require-array-sort-compare -- the default order is the one the RFC asks for
    if ((names[i - 1] ?? '') > (names[i] ?? '')) return names.toSorted();
  return names;
}
