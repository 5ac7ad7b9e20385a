import type { DataClass } from './class.ts';
import { bare } from './reduce.ts';

const HEADERS = /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key)$/i;
const DEEPEST = 128;
const MOST_KNOWN = 1_000;
const LONGEST_KNOWN = 64;

/**
 * What a value must look like before a name says what it is: `address` is a street or a host, `phone` a number or a
 * model. Whatever stands under the name of a secret is one.
 */
const LOOKS: Readonly<Record<string, RegExp>> = {
  'pii.email': /^[^\s@]{1,64}@[^\s@]{1,255}$/,
  'pii.phone': /^(?=(?:[^\d]*\d){6})[+\d ()./x-]{6,32}$/i,
  'pii.name': /^(?!.*(?:[\\/@{}<>=]|\d{3}))(?=.*\p{L}).{1,128}$/u,
  'pii.address': /^(?!\w+:\/\/)(?=.*\p{L})(?=.*[\s,\d])(?!\S*[.:/@]\S*$).{2,256}$/su,
  'pii.postal-code': /^(?=.*\d)[A-Za-z0-9 -]{3,12}$/,
  'pii.birth-date': /^(?=.*\d\d).{4,40}$/,
  'pii.us-ssn': /^(?:[\d*xX]{3}[ -]?[\d*xX]{2}[ -]?)?\d{4}$/,
  'pii.national-id': /^(?=.*\d)[A-Za-z0-9 ./-]{5,32}$/,
  'pii.bank-account': /^(?=(?:.*\d){5})[A-Za-z0-9 ./-]{5,42}$/,
  'pii.iban': /^[A-Za-z]{2}\d{2}[A-Za-z0-9 ]{8,40}$/,
  'pii.ip': /^[0-9a-f:.%]{2,45}(?:\/\d{1,3})?$/i,
  'pci.card': /^[\d*xX -]{12,24}$/,
  'pci.cvv': /^\d{3,4}$/,
};
const isLikely = (kind: DataClass, text: string): boolean => LOOKS[kind]?.test(text) ?? text !== '';

/** What names say, and which classes are masked at all. */
export type Named = {
  readonly isMasked: (kind: DataClass) => boolean;
  readonly classOf: (name: string) => DataClass | undefined;
};

/** Makes the function that masks JSON: by what a text holds, and by the name it stands under. */
export function createFieldMask(
  mask: (text: string) => string,
  cover: (kind: DataClass, text: string) => string,
  { isMasked, classOf }: Named,
): (value: unknown) => unknown {
  const classOfMember = remembered(classOf);
  const kindOf = (kind: DataClass | undefined): DataClass | undefined =>
    kind !== undefined && isMasked(kind) ? kind : undefined;
  /** A9: of an address the host stays, since a reviewer must see where data goes. */
  const whole = (kind: DataClass, value: string): string => {
    const host = kind === 'pii.email' ? value.indexOf('@') : -1;
    return host < 0 ? cover(kind, value) : cover(kind, value.slice(0, host)) + value.slice(host);
  };
  const walk = (value: unknown, kind: DataClass | undefined, depth: number): unknown => {
    if (depth > DEEPEST) return '‹too-deep›';
    if (typeof value === 'string')
      return kind && isLikely(kind, value) ? whole(kind, value) : mask(value);
    if (typeof value === 'number' || typeof value === 'bigint')
      return kind && isLikely(kind, String(value)) ? cover(kind, String(value)) : value;
    if (Array.isArray(value)) return list(value, kind, depth);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value);
    const ofPair = (): DataClass | undefined =>
      kindOf(kindOfPair(value as Readonly<Record<string, unknown>>, classOf));
    const masked = members.map(([name, member]) =>
      walk(
        member,
        kind ?? kindOf(classOfMember(name)) ?? (name === 'value' ? ofPair() : undefined),
        depth + 1,
      ),
    );
    if (masked.every((one, i) => one === members[i]?.[1])) return value;
    return Object.fromEntries(members.map(([name], i) => [name, masked[i]]));
  };
  const list = (
    values: readonly unknown[],
    kind: DataClass | undefined,
    depth: number,
  ): readonly unknown[] => {
    const masked = values.map((value, i) =>
      walk(value, kind ?? kindOf(kindAfter(values, i, classOf)), depth + 1),
    );
    return masked.every((one, i) => one === values[i]) ? values : masked;
  };
  return (value) => walk(value, undefined, 0);
}

/** What members are called is mostly the same again, and telling words apart takes as long as reading a page. */
function remembered(classOf: Named['classOf']): Named['classOf'] {
  const known = new Map<string, DataClass | undefined>();
  return (name) => {
    if (name.length > LONGEST_KNOWN) return classOf(name);
    const before = known.get(name);
    if (before !== undefined || known.has(name)) return before;
    const kind = classOf(name);
    if (known.size === MOST_KNOWN) known.clear(); // ATTACKER: what members are called is up to others
    known.set(name, kind);
    return kind;
  };
}

/** `{ name: 'DB_PASSWORD', value: '…' }`, as environments and headers are often written. */
function kindOfPair(
  value: Readonly<Record<string, unknown>>,
  classOf: Named['classOf'],
): DataClass | undefined {
  const name = value['name'] ?? value['key'];
  return typeof name === 'string' ? classOf(name) : undefined;
}

/** `['--password', '…']` and `['Authorization', '…']`: the value follows its name in a list. */
function kindAfter(
  values: readonly unknown[],
  at: number,
  classOf: Named['classOf'],
): DataClass | undefined {
  const named = values[at - 1];
  if (typeof named !== 'string') return undefined;
  const before = bare(named);
  return (/^--?[\w-]{2,64}$/.test(before) && before.startsWith('-')) || HEADERS.test(before)
    ? (classOf(before) ?? (HEADERS.test(before) ? 'secret.authorization' : undefined))
    : undefined;
}
