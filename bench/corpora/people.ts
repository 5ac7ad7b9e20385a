import { LOWER, UPPER, type Chance } from './chance.ts';

/** Private values of people, made anew by each run. What check digits they end with is worked out here, not by the code under test. */
export type Made = (chance: Chance) => string;

const sum = (text: string, weights: readonly number[]): number =>
  weights.reduce((all, weight, i) => all + weight * Number(text[i]), 0);
const spaced = (text: string, groups: readonly number[], by: string): string => {
  let at = 0;
  return groups.map((size) => text.slice(at, (at += size))).join(by);
};

function luhnDigit(body: string): string {
  const total = Array.from(body)
    .toReversed()
    .reduce((all, char, i) => {
      const doubled = Number(char) * (i % 2 === 0 ? 2 : 1);
      return all + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return String((10 - (total % 10)) % 10);
}

export const card: Made = (chance) => {
  const [prefix, length] = chance.pick([
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['65', 16],
    ['3530', 16],
    ['36', 14],
  ] as const);
  const body = prefix + chance.digits(length - prefix.length - 1);
  const whole = body + luhnDigit(body);
  const groups = length === 15 ? [4, 6, 5] : length === 14 ? [4, 6, 4] : [4, 4, 4, 4];
  return chance.pick([whole, spaced(whole, groups, ' '), spaced(whole, groups, '-')]);
};

const COUNTRIES: readonly (readonly [string, (chance: Chance) => string])[] = [
  ['DE', (c) => c.digits(18)],
  ['GB', (c) => c.from(UPPER, 4) + c.digits(14)],
  ['FR', (c) => c.digits(23)],
  ['NL', (c) => c.from(UPPER, 4) + c.digits(10)],
  ['ES', (c) => c.digits(20)],
  ['IT', (c) => c.from(UPPER, 1) + c.digits(22)],
  ['CH', (c) => c.digits(17)],
  ['NO', (c) => c.digits(11)],
  ['MT', (c) => c.from(UPPER, 4) + c.digits(5) + c.from(UPPER + '0123456789', 18)],
];

export const iban: Made = (chance) => {
  const [country, bban] = chance.pick(COUNTRIES);
  const body = bban(chance);
  const number = Array.from(`${body}${country}00`, (char) => Number.parseInt(char, 36)).join('');
  const check = String(98n - (BigInt(number) % 97n)).padStart(2, '0');
  const whole = country + check + body;
  const groups = whole.match(/.{1,4}/g) ?? [];
  return chance.pick([whole, groups.join(' '), whole]);
};

const NAMES =
  'anna jonas maria chen okafor lopez smith müller ivanov sato kim dubois rossi silva'.split(' ');
const HOSTS =
  'example.org mail.example.com example.co.uk corp.example.net example.io firma.example.de'.split(
    ' ',
  );

export const email: Made = (chance) => {
  const [a, b] = [chance.pick(NAMES), chance.pick(NAMES)].map((name) => name.replace('ü', 'ue'));
  const local = chance.pick([
    `${a}.${b}`,
    `${a}${chance.below(1_000)}`,
    `${a}_${b}`,
    `${a}+${chance.from(LOWER, 4)}`,
    `${(a ?? '').slice(0, 1)}${b}`,
    `${a}-${b}`,
  ]);
  const whole = `${local}@${chance.pick(HOSTS)}`;
  return chance.pick([whole, whole, whole.replace(/^./, (first) => first.toUpperCase())]);
};

export const phone: Made = (chance) => {
  const d = chance.digits;
  const first = String(2 + chance.below(8));
  return chance.pick([
    `+1 ${first}${d(2)} ${first}${d(2)} ${d(4)}`,
    `+49 1${5 + chance.below(3)}${d(1)} ${d(7)}`,
    `+44 7${d(3)} ${d(6)}`,
    `+33 6 ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    `+34${6 + chance.below(2)}${d(8)}`,
    `(${first}${d(2)}) ${first}${d(2)}-${d(4)}`,
    `${first}${d(2)}-${first}${d(2)}-${d(4)}`,
    `${first}${d(2)}.${first}${d(2)}.${d(4)}`,
    `0${first}${d(1)} ${d(8)}`,
    `0${first}${d(2)}/${d(7)}`,
    `0${first} ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    `07${d(3)} ${d(6)}`,
    `${first}${d(2)} ${d(4)}`,
  ]);
};

const ssn: Made = (c) =>
  `${1 + c.below(6)}${1 + c.below(9)}${c.below(10)}-${1 + c.below(9)}${c.below(10)}-${1 + c.below(9)}${c.digits(3)}`;

const cpf: Made = (c) => {
  let body = c.digits(9);
  for (const size of [10, 11]) {
    const rest =
      (sum(
        body,
        Array.from({ length: size - 1 }, (_, i) => size - i),
      ) *
        10) %
      11;
    body += String(rest % 10);
  }
  return `${spaced(body, [3, 3, 3], '.')}-${body.slice(9)}`;
};

// Verhoeff over the dihedral group of ten, by composing rotations and reflections
const times = (a: number, b: number): number =>
  a < 5
    ? b < 5
      ? (a + b) % 5
      : 5 + ((a + b) % 5)
    : b < 5
      ? 5 + ((a - b + 5) % 5)
      : (a - b + 10) % 5;
const STEP = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
const permuted = (digit: number, n: number): number =>
  n === 0 ? digit : permuted(STEP[digit] ?? 0, n - 1);
const inverse = (n: number): number => (n > 0 && n < 5 ? 5 - n : n);

const aadhaar: Made = (c) => {
  const body = `${2 + c.below(8)}${c.digits(10)}`;
  const rest = Array.from(body)
    .toReversed()
    .reduce((all, char, i) => times(all, permuted(Number(char), (i + 1) % 8)), 0);
  return spaced(`${body}${inverse(rest)}`, [4, 4, 4], c.pick([' ', ' ', '-']));
};

const nir: Made = (c) => {
  const body = `${1 + c.below(2)}${c.digits(2)}0${1 + c.below(9)}${1 + c.below(9)}${c.digits(7)}`;
  const whole = body + String(97 - Number(BigInt(body) % 97n)).padStart(2, '0');
  return c.pick([whole, spaced(whole, [1, 2, 2, 2, 3, 3, 2], ' ')]);
};

const dni: Made = (c) => {
  const number = c.digits(8);
  return number + 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(Number(number) % 23);
};

/** National numbers that need no word before them. */
export const nationalAlone: Made = (chance) => chance.pick([ssn, cpf, aadhaar, nir, dni])(chance);

const nhs: Made = (c) => {
  for (;;) {
    const body = c.digits(9);
    const check = 11 - (sum(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
    if (check !== 10) return spaced(body + String(check % 11), [3, 3, 4], c.pick([' ', '']));
  }
};
const bsn: Made = (c) => {
  for (;;) {
    const body = `1${c.digits(7)}`;
    const check = sum(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    if (check < 10) return body + String(check);
  }
};
const nino: Made = (c) =>
  `${c.from('ABCEGHJKLMPRSTWXYZ', 1)}${c.from('ABCEGHJKLMPRSTWXYZ', 1)}${c.pick([c.digits(6), spaced(c.digits(6), [2, 2, 2], ' ')])}${c.from('ABCD', 1)}`;
const pan: Made = (c) => `${c.from(UPPER, 3)}P${c.from(UPPER, 1)}${c.digits(4)}${c.from(UPPER, 1)}`;

/** National numbers, each after the words it usually has. */
export const nationalSaid: Made = (chance) =>
  chance.pick([
    (c: Chance) => `NHS number ${nhs(c)}`,
    (c: Chance) => `BSN: ${bsn(c)}`,
    (c: Chance) => `National Insurance number ${nino(c)}`,
    (c: Chance) => `PAN ${pan(c)}`,
    (c: Chance) => `passport no. ${c.from(UPPER, 1)}${c.digits(8)}`,
    (c: Chance) => `SSN ${ssn(c).replaceAll('-', '')}`,
  ])(chance);
