import { createMasker, isAmong, type DataClass, type DataClasses } from '@countersign/core';
import { createChance } from './chance.ts';
import { makeDocument, SOUGHT, type Labelled } from './documents.ts';

/** What of one kind was found, and what was said to be of it. */
export type Tally = { sought: number; found: number; claimed: number; right: number };

type Placed = { readonly class: DataClass; readonly from: number; readonly to: number };

/** Finds where a masker puts placeholders, by what of the text it leaves. */
export type Find = (text: string) => readonly Placed[];

/** Makes the finder of the rules as they come. */
export function createFind(): Find {
  const masker = createMasker({ key: new Uint8Array(32) });
  return (text) =>
    masker.find(text).map(({ class: kind, start, end }) => ({ class: kind, from: start, to: end }));
}

const NAMES: readonly (readonly [name: string, classes: readonly DataClasses[]])[] = [
  ['e-mail', ['pii.email']],
  ['card', ['pci.card']],
  ['national-id', ['pii.national-id', 'pii.us-ssn']],
  ['iban', ['pii.iban']],
  ['phone', ['pii.phone']],
  ['secret', ['secret']],
];
const claimedAs = (kind: DataClass): string | undefined =>
  NAMES.find(([, classes]) => isAmong(kind, classes))?.[0];
const claimName = (name: string): string =>
  name === 'cloud-key' || name === 'jwt' || name === 'private-key' ? 'secret' : name;

/** Documents with one value each, and a quarter as many with none. */
export function makeDocuments(seed: number, each: number): readonly Labelled[] {
  const chance = createChance(seed);
  return [
    ...SOUGHT.flatMap((sought) => Array.from({ length: each }, () => makeDocument(chance, sought))),
    ...Array.from({ length: (SOUGHT.length * each) / 4 }, () => makeDocument(chance, undefined)),
  ];
}

/** Counts by name: a value is found where a placeholder of its class overlaps it, and only there a placeholder is right. */
export function tally(
  find: Find,
  documents: readonly Labelled[],
  tell: (what: 'missed' | 'wrong', name: string, text: string) => void = () => {},
): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  const of = (name: string): Tally => {
    const known = tallies.get(name) ?? { sought: 0, found: 0, claimed: 0, right: 0 };
    tallies.set(name, known);
    return known;
  };
  for (const { text, spans } of documents) {
    const placed = find(text);
    for (const span of spans) {
      const hits = placed.filter(
        (one) =>
          one.from < span.to && one.to > span.from && claimedAs(one.class) === claimName(span.name),
      );
      const kind = of(span.name);
      kind.sought++;
      if (hits.length > 0) kind.found++;
      else tell('missed', span.name, text.slice(Math.max(0, span.from - 24), span.to + 8));
    }
    for (const one of placed) {
      const name = claimedAs(one.class);
      if (name === undefined) continue;
      const hit = spans.find(
        (span) => one.from < span.to && one.to > span.from && claimName(span.name) === name,
      );
      const kind = of(hit?.name ?? name);
      kind.claimed++;
      if (hit) kind.right++;
      else tell('wrong', name, text.slice(Math.max(0, one.from - 24), one.to + 8));
    }
  }
  return tallies;
}
