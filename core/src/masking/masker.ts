import { isAmong, type DataClass, type DataClasses } from './class.ts';
import { createCover, type Cover } from './cover.ts';
import { namesOf, rulesOf, type CustomClass } from './custom.ts';
import { createFieldMask } from './fields.ts';
import { createFingerprint } from './fingerprint.ts';
import { formsOf } from './known.ts';
import { createWriter, divide, type Found } from './pieces.ts';
import { reductionsOf } from './reduce.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { createScan, type Claim } from './scan.ts';

/** A stretch of text that holds a value of a class. */
export type Place = { readonly class: DataClass; readonly start: number; readonly end: number };

export type Masked = { readonly text: string; readonly found: readonly Found[] };

/** Replaces private values by typed placeholders. Same key, same text: same answer. */
export type Masker = {
  /** Masks values in a text; structure, hosts, paths and verbs stay (A9). */
  readonly mask: (text: string) => Masked;
  /** Where private values stand, without masking them: what `classify` counts. */
  readonly find: (text: string) => readonly Place[];
  /**
   * Masks every string inside a JSON value, and what stands under names such as `password` whatever it is. The same object
   * comes back where nothing was masked.
   */
  readonly maskValue: (value: unknown) => unknown;
  /** The placeholder of a whole value of a class, whatever it looks like: the same for the same value, so joins still work. */
  readonly cover: (kind: DataClass, value: string) => string;
  /** The same of `utf8[from, to)`, as UTF-8. */
  readonly coverBytes: (kind: DataClass, utf8: Uint8Array, from: number, to: number) => Uint8Array;
  /** The same again for a whole column: placeholders of one class are of one size and are written where they belong. */
  readonly coverOf: (kind: DataClass) => Cover;
};

export type MaskerOptions = {
  /** Keys the fingerprints: without it nobody can test guesses against a placeholder. */
  readonly key: Uint8Array;
  readonly rules?: readonly Rule[];
  /** Classes of an installation's own, by texts and by names. */
  readonly custom?: readonly CustomClass[];
  /** Values that are secret whatever they look like. */
  readonly known?: readonly string[];
  /** Rules look at the text as it is written only, not also as it is drawn: what a stream can do. */
  readonly asWritten?: true;
  /** Classes that are left in clear. */
  readonly unmasked?: readonly DataClasses[];
};

/** The rules in use unless others are named: all that are not `off`. */
export const DEFAULT_RULES: readonly Rule[] = RULES.filter((rule) => !rule.off);

const NONE: readonly CustomClass[] = [];
const combined = new WeakMap<readonly CustomClass[], WeakMap<readonly Rule[], readonly Rule[]>>();

/** An installation's own rules before the others; the same array for the same ones, so that one table serves all. */
export function withCustom(
  rules: readonly Rule[],
  custom: readonly CustomClass[],
): readonly Rule[] {
  if (custom.length === 0) return rules;
  const known = combined.get(custom) ?? new WeakMap<readonly Rule[], readonly Rule[]>();
  combined.set(custom, known);
  const made = known.get(rules) ?? [...rulesOf(custom), ...rules];
  known.set(rules, made);
  return made;
}

/** Claims that are not left in clear; a known value never is. */
export const isKept =
  (isMasked: (name: DataClass) => boolean) =>
  (claim: Claim): boolean =>
    claim.rank === 0 || isMasked(claim.class);

/** Makes a masker of whole texts and JSON values. */
export function createMasker({
  key,
  rules = DEFAULT_RULES,
  custom = NONE,
  known = [],
  asWritten,
  unmasked = [],
}: MaskerOptions): Masker {
  const isMasked = (name: DataClass): boolean =>
    !isAmong(name, unmasked) && (name !== 'pii.ip' || rules.some((rule) => rule.class === name)); // hosts are in clear unless asked
  const fingerprint = createFingerprint(key);
  const scan = createScan(
    withCustom(rules, custom),
    known.flatMap((value) => formsOf(value, false)),
  );
  const claimsIn = (text: string): Claim[] => {
    const claims: Claim[] = [];
    scan(text, { from: 0, to: text.length, isWhole: true }, claims);
    return unmasked.length > 0 ? claims.filter(isKept(isMasked)) : claims;
  };
  const allClaims = (text: string): Claim[] => {
    const claims = claimsIn(text);
    for (const reduced of asWritten ? [] : reductionsOf(text))
      for (const claim of claimsIn(reduced.text)) claims.push(reduced.claimed(claim));
    return claims;
  };
  const mask = (text: string): Masked => {
    const claims = allClaims(text);
    if (claims.length === 0) return { text, found: [] };
    const writer = createWriter(fingerprint, false);
    return { text: writer.write(text, 0, text.length, divide(claims)), found: writer.found() };
  };
  const covers = new Map<DataClass, Cover>();
  const coverOf = (kind: DataClass): Cover => {
    const made = covers.get(kind) ?? createCover(kind, fingerprint);
    covers.set(kind, made);
    return made;
  };
  const cover = (kind: DataClass, value: string): string => coverOf(kind).text(value);
  return {
    mask,
    find: (text) =>
      divide(allClaims(text)).map(({ start, end, claim }) => ({ class: claim.class, start, end })),
    maskValue: createFieldMask((text) => mask(text).text, cover, {
      isMasked,
      classOf: namesOf(custom),
    }),
    cover,
    coverBytes: (kind, utf8, from, to) => {
      const of = coverOf(kind);
      const out = new Uint8Array(of.bytes);
      of.write(utf8, from, to, out, 0);
      return out;
    },
    coverOf,
  };
}
