import type { DataClass } from '@countersign/core';
import { lookalike, prose } from './benign.ts';
import type { Chance } from './chance.ts';
import { card, email, iban, nationalAlone, nationalSaid, phone, type Made } from './people.ts';
import { cloudKey, jwt, privateKey } from './secrets.ts';

/** What is to be found, under the name it has in figures. */
export type Sought = {
  readonly name: string;
  /** Any of these classes counts as found. */
  readonly classes: readonly (DataClass | 'secret')[];
  readonly made: Made;
  /** How it is said where form alone does not tell. */
  readonly frames: readonly string[];
};

/** A text with private values at known places. */
export type Labelled = {
  readonly text: string;
  readonly spans: readonly { readonly name: string; readonly from: number; readonly to: number }[];
};

const ANYWHERE = [
  '{}',
  'value: {}',
  '"{}"',
  'see {} please',
  '({})',
  "insert into t values ('{}');",
  'a,{},b',
  'k={}',
  '<td>{}</td>',
  '[{}]',
];

export const SOUGHT: readonly Sought[] = [
  {
    name: 'e-mail',
    classes: ['pii.email'],
    made: email,
    frames: [...ANYWHERE, '{}, thanks', 'mailto:{}', '<{}>'],
  },
  { name: 'card', classes: ['pci.card'], made: card, frames: ANYWHERE },
  {
    name: 'national-id',
    classes: ['pii.national-id', 'pii.us-ssn'],
    made: nationalAlone,
    frames: ANYWHERE,
  },
  {
    name: 'national-id',
    classes: ['pii.national-id', 'pii.us-ssn'],
    made: nationalSaid,
    frames: ['{}', 'his {}.', '"note": "{}"', 'a,{},b'],
  },
  { name: 'iban', classes: ['pii.iban'], made: iban, frames: ANYWHERE },
  {
    name: 'phone',
    classes: ['pii.phone'],
    made: phone,
    frames: [
      'Phone: {}',
      '"phone": "{}"',
      'call me at {}',
      'Tel. {}',
      'mobile {}',
      '{} (mobile)',
      'fax: {}',
      'Telefon {}',
      'phone_number={}',
      'please ring {} today',
      'Call {} or write',
    ],
  },
  { name: 'cloud-key', classes: ['secret'], made: cloudKey, frames: ANYWHERE },
  {
    name: 'jwt',
    classes: ['secret'],
    made: jwt,
    frames: [...ANYWHERE, 'Authorization: Bearer {}'],
  },
  {
    name: 'private-key',
    classes: ['secret'],
    made: privateKey,
    frames: ['{}', '"private_key": "{}"', 'key: |\n    {}', 'cat <<E\n{}\nE'],
  },
];

/** One document: lines of prose and look-alikes around one private value, or none. */
export function makeDocument(chance: Chance, sought: Sought | undefined): Labelled {
  const line = (): string => `${chance.below(3) === 0 ? prose(chance) : lookalike(chance)}\n`;
  const before = line() + line();
  if (!sought) return { text: before + line(), spans: [] };
  const [head = '', tail = ''] = chance.pick(sought.frames).split('{}');
  const value = sought.made(chance);
  const from = before.length + head.length;
  return {
    text: `${before}${head}${value}${tail}\n${line()}`,
    spans: [{ name: sought.name, from, to: from + value.length }],
  };
}
