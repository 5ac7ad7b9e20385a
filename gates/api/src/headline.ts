import { TypedFact, type Arguments, type Fact, type Facts, type Json } from '@countersign/core';

const PLACEHOLDER = /\{([^{}]*)\}/g;
const PLAIN = /^[\p{L}\p{N}@%+=:,./_-]+$/u;
const NUMBERS = new Intl.NumberFormat('en-US', { useGrouping: 'min2' });
const MAX_VALUE = 80;
const MAX_ITEMS = 8;

/** Names between braces, in order. */
export const placeholdersOf = (template: string): readonly string[] =>
  [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');

/** Fills a headline in one pass: braces inside a value are never read as placeholders. */
export const fillHeadline = (
  template: string,
  parts: { readonly resource: string; readonly bound: Arguments; readonly facts: Facts },
): string => template.replace(PLACEHOLDER, (_, name: string) => phrase(valueOf(name, parts)));

function valueOf(
  name: string,
  { resource, bound, facts }: Parameters<typeof fillHeadline>[1],
): Json | Fact | undefined {
  if (name === 'resource') return resource;
  if (Object.hasOwn(bound, name)) return bound[name];
  const [head = '', member] = name.split('.');
  const fact = Object.hasOwn(facts, head) ? facts[head] : undefined;
  if (member === undefined || typeof fact !== 'object') return fact;
  return (fact as Facts)[member];
}

/** A value as a phrase of one line: bare when it cannot be mistaken for our words, else in quotes. */
export function phrase(value: Json | Fact | undefined): string {
  if (value === undefined || value === null || value === '') return '(none)';
  if (typeof value === 'number') return NUMBERS.format(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return PLAIN.test(value) ? shorten(value) : quote(value);
  if (value instanceof TypedFact) return phrase(value.value);
  if (Array.isArray(value)) return phraseList(value);
  return quote(JSON.stringify(value));
}

function phraseList(values: readonly (Json | Fact)[]): string {
  if (values.length === 0) return '(none)';
  const shown = values.slice(0, MAX_ITEMS).map(phrase).join(', ');
  return values.length > MAX_ITEMS ? `${shown} and ${values.length - MAX_ITEMS} more` : shown;
}

const quote = (text: string): string => JSON.stringify(shorten(text));

function shorten(text: string): string {
  if (text.length <= MAX_VALUE) return text;
  // a cut pair of surrogates would not be text any more
  return `${text.slice(0, MAX_VALUE - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
