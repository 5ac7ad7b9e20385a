import { err, ok, type Result } from '@countersign/core';
import { filter as testerOf, parse, type Filter } from 'scim2-parse-filter';
import { refusal, type ScimRefusal } from './refusal.ts';
import { unqualified } from './schema.ts';

export type { Filter };

const MAX_LENGTH = 1_000;
const MAX_TERMS = 30;
/** Compared to the letter; everything else in any letter case (RFC 7643 §7). */
const EXACT = /^(?:id|externalid|meta\..*|members\.value|groups\.value|schemas)$/i;
const MANY = /^(?:members|emails|groups)$/i;

/** A filter (RFC 7644 §3.4.2.2) for `matcherOf`. In it, names are without the core schemas, and what is compared in any letter case is small. */
export function readFilter(text: string): Result<Filter, ScimRefusal> {
  const read = readExactFilter(text);
  return read.ok ? ok(prepared(read.value)) : read;
}

/** A filter as it was written: for what stands in brackets in a path. */
export function readExactFilter(text: string): Result<Filter, ScimRefusal> {
  // ATTACKER: the tokenizer of the library takes exponential time over line breaks inside an open quote
  // oxlint-disable-next-line no-control-regex -- control characters are what must not get there
  const isTame = text.length <= MAX_LENGTH && !/[\u0000-\u001f\u007f]/.test(text);
  if (!isTame) return no(`must have at most ${MAX_LENGTH} characters and no control characters`);
  try {
    const filter = parse(text);
    return termsOf(filter) > MAX_TERMS ? no(`must have at most ${MAX_TERMS} terms`) : ok(filter);
  } catch {
    return no('is not a filter as in RFC 7644 §3.4.2.2');
  }
}

const no = (why: string): Result<never, ScimRefusal> =>
  err(refusal(400, `the filter ${why}`, 'invalidFilter'));

function prepared(filter: Filter, within = ''): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map((one) => prepared(one, within)) };
    case 'not':
      return { ...filter, filter: prepared(filter.filter, within) };
    case '[]': {
      const attrPath = unqualified(filter.attrPath);
      return { ...filter, attrPath, valFilter: prepared(filter.valFilter, `${attrPath}.`) };
    }
    case 'pr':
      return { ...filter, attrPath: unqualified(filter.attrPath) };
    default: {
      // of several values, the `value` is meant (RFC 7643 §2.4)
      const attrPath = unqualified(filter.attrPath).replace(MANY, '$&.value');
      const { compValue } = filter;
      return typeof compValue === 'string' && !EXACT.test(within + attrPath)
        ? { ...filter, attrPath, compValue: compValue.toLowerCase() }
        : { ...filter, attrPath };
    }
  }
}

function termsOf(filter: Filter): number {
  if (filter.op === 'and' || filter.op === 'or')
    return filter.filters.reduce((sum, one) => sum + termsOf(one), 0);
  if (filter.op === 'not') return termsOf(filter.filter);
  return filter.op === '[]' ? 1 + termsOf(filter.valFilter) : 1;
}

/** Whether a value fits a filter that was read by `readExactFilter`. */
export const exactMatcherOf: (filter: Filter) => (value: object) => boolean = testerOf;

/** Whether a resource fits a filter that was read by `readFilter`. */
export function matcherOf(filter: Filter): (resource: object) => boolean {
  const test = testerOf(filter);
  return (resource) => test(comparable(resource, ''));
}

function comparable(value: unknown, at: string): unknown {
  if (typeof value === 'string') return EXACT.test(at) ? value : value.toLowerCase();
  if (Array.isArray(value)) return value.map((one) => comparable(one, at));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      comparable(one, at === '' ? name : `${at}.${name}`),
    ]),
  );
}

/** Values that one of these attributes must equal for the filter to hold: what an index finds without looking at everything. */
export function equalIn(
  filter: Filter,
  names: readonly string[],
): { readonly name: string; readonly value: string } | undefined {
  if (filter.op === 'and')
    return filter.filters.map((one) => equalIn(one, names)).find((one) => one !== undefined);
  if (filter.op !== 'eq' || typeof filter.compValue !== 'string') return undefined;
  const { attrPath, compValue: value } = filter;
  const name = names.find((one) => one.toLowerCase() === attrPath.toLowerCase());
  return name === undefined ? undefined : { name, value };
}
