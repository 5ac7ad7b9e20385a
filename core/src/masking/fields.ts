import type { DataClass } from './class.ts';
import { bare } from './reduce.ts';

const SECRET_ENDINGS =
  /(?:password|passwd|passphrase|pwd|secret|secrets|token|apikey|accesskey|secretkey|privatekey|signingkey|credential|credentials|authorization|cookie|sessionid|webhookurl|connectionstring)$/;
const PII_ENDINGS =
  /(?:ssn|socialsecuritynumber|taxid|iban|creditcard|cardnumber|cvv|cvc|dateofbirth|passportnumber)$/;
const HEADERS = /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key)$/i;
const DEEPEST = 128;

const PII: Readonly<Record<string, DataClass>> = {
  ssn: 'pii.us-ssn',
  socialsecuritynumber: 'pii.us-ssn',
  taxid: 'pii.national-id',
  passportnumber: 'pii.national-id',
  iban: 'pii.iban',
  dateofbirth: 'pii.birth-date',
  creditcard: 'pci.card',
  cardnumber: 'pci.card',
  cvv: 'pci.card',
  cvc: 'pci.card',
};

/** The class that a field's name gives its value, such as `secret.password`; undefined for an ordinary name. */
export function classOfName(name: string): DataClass | undefined {
  const plain = bare(name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const ending = SECRET_ENDINGS.exec(plain)?.[0];
  if (ending) return `secret.${ending}`;
  const pii = PII_ENDINGS.exec(plain)?.[0];
  return pii ? PII[pii] : undefined;
}

/** Makes the function that masks JSON: by what a text holds, and by the name it stands under. */
export function createFieldMask(
  mask: (text: string) => string,
  cover: (kind: DataClass, text: string) => string,
  isMasked: (kind: DataClass) => boolean = () => true,
): (value: unknown) => unknown {
  const kindOf = (kind: DataClass | undefined): DataClass | undefined =>
    kind !== undefined && isMasked(kind) ? kind : undefined;
  const walk = (value: unknown, kind: DataClass | undefined, depth: number): unknown => {
    if (depth > DEEPEST) return '‹too-deep›';
    if (typeof value === 'string') return kind && value !== '' ? cover(kind, value) : mask(value);
    if ((typeof value === 'number' || typeof value === 'bigint') && kind)
      return cover(kind, String(value));
    if (Array.isArray(value)) return list(value, kind, depth);
    if (typeof value !== 'object' || value === null) return value;
    const named = kind ?? kindOf(kindOfPair(value as Readonly<Record<string, unknown>>));
    const members = Object.entries(value);
    const masked = members.map(([name, member]) =>
      walk(
        member,
        kind ?? kindOf(classOfName(name)) ?? (name === 'value' ? named : undefined),
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
      walk(value, kind ?? kindOf(kindAfter(values, i)), depth + 1),
    );
    return masked.every((one, i) => one === values[i]) ? values : masked;
  };
  return (value) => walk(value, undefined, 0);
}

/** `{ name: 'DB_PASSWORD', value: '…' }`, as environments and headers are often written. */
function kindOfPair(value: Readonly<Record<string, unknown>>): DataClass | undefined {
  const name = value['name'] ?? value['key'];
  return typeof name === 'string' ? classOfName(name) : undefined;
}

/** `['--password', '…']` and `['Authorization', '…']`: the value follows its name in a list. */
function kindAfter(values: readonly unknown[], at: number): DataClass | undefined {
  const named = values[at - 1];
  if (typeof named !== 'string') return undefined;
  const before = bare(named);
  return (/^--?[\w-]{2,64}$/.test(before) && before.startsWith('-')) || HEADERS.test(before)
    ? (classOfName(before) ?? (HEADERS.test(before) ? 'secret.authorization' : undefined))
    : undefined;
}
