/** Digits of a text as numbers; everything else is left out. */
const digitsOf = (text: string): readonly number[] =>
  Array.from(text.replaceAll(/\D/g, ''), Number);

const weighted = (digits: readonly number[], weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + weight * (digits[i] ?? 0), 0);

const down = (from: number, to: number): readonly number[] =>
  Array.from({ length: from - to + 1 }, (_, i) => from - i);

/** Whether the digits of a text pass the Luhn check (ISO/IEC 7812-1). Separators are skipped. */
export function isLuhn(text: string): boolean {
  let sum = 0;
  let double = false;
  for (let i = text.length - 1; i >= 0; i--) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
    double = !double;
  }
  return sum % 10 === 0;
}

const D5 = ['0123456789', '1234067895', '2340178956', '3401289567', '4012395678', '5987604321'];
const DIHEDRAL = [...D5, '6598710432', '7659821043', '8765932104', '9876543210'];
const PERMUTED = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
];
const PERMUTATIONS = [...PERMUTED, '2793806415', '7046913258'];

/** Whether digits pass Verhoeff's check, which Aadhaar numbers end with. */
function isVerhoeff(digits: readonly number[]): boolean {
  const rest = digits
    .toReversed()
    .reduce((sum, digit, i) => Number(DIHEDRAL[sum]?.[Number(PERMUTATIONS[i % 8]?.[digit])]), 0);
  return rest === 0;
}

/** Check digits 11 − (sum mod 11), where 10 and 11 are 0: CPF, CNPJ and their kin. */
const mod11 = (digits: readonly number[], weights: readonly number[]): number => {
  const rest = weighted(digits, weights) % 11;
  return rest < 2 ? 0 : 11 - rest;
};

const isRepeated = (digits: readonly number[]): boolean => new Set(digits).size === 1;

function isCpf(digits: readonly number[]): boolean {
  return (
    mod11(digits, down(10, 2)) === digits[9] &&
    mod11(digits, down(11, 2)) === digits[10] &&
    !isRepeated(digits)
  );
}

function isCnpj(digits: readonly number[]): boolean {
  const first = [5, 4, 3, 2, ...down(9, 2)];
  return mod11(digits, first) === digits[12] && mod11(digits, [6, ...first]) === digits[13];
}

const isNhs = (digits: readonly number[]): boolean =>
  weighted(digits, down(10, 1)) % 11 === 0 && !isRepeated(digits);

/** ISO 7064 mod 11,10, and of the first ten digits exactly one twice or thrice. */
function isGermanTaxId(digits: readonly number[]): boolean {
  const counts = digits
    .slice(0, 10)
    .map((one) => digits.slice(0, 10).filter((x) => x === one).length);
  if (digits[0] === 0 || !(Math.max(...counts) === 2 || Math.max(...counts) === 3)) return false;
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits[10];
}

const isPesel = (digits: readonly number[]): boolean =>
  weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0 && !isRepeated(digits);

const isBsn = (digits: readonly number[]): boolean =>
  weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !isRepeated(digits);

const isPortuguese = (digits: readonly number[]): boolean =>
  mod11(digits, down(9, 2)) === digits[8];

const isTfn = (digits: readonly number[]): boolean =>
  weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isRepeated(digits);

const isEan13 = (digits: readonly number[]): boolean =>
  digits[0] === 7 && weighted(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;

function isBelgian(digits: readonly number[]): boolean {
  const said = Number(digits.slice(9).join(''));
  const body = digits.slice(0, 9).join('');
  return [body, `2${body}`].some((one) => 97 - (Number(one) % 97) === said);
}

function isNorwegian(digits: readonly number[]): boolean {
  const first = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
  const second = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
  return weighted(digits, first) % 11 === 0 && weighted(digits, second) % 11 === 0;
}

const isDay = (digits: readonly number[], day: number, month: number): boolean => {
  const [d, m] = [day, month].map((at) => (digits[at] ?? 0) * 10 + (digits[at + 1] ?? 0));
  return (d ?? 0) >= 1 && (d ?? 0) <= 31 && (m ?? 0) >= 1 && (m ?? 0) <= 12;
};

const isSwedish = (digits: readonly number[]): boolean =>
  isDay(digits, 4, 2) && isLuhn(digits.join(''));

function isFrench(digits: readonly number[]): boolean {
  const body = Number(digits.slice(0, 13).join(''));
  return /[12]/.test(String(digits[0])) && 97 - (body % 97) === Number(digits.slice(13).join(''));
}

/** Checks of national numbers, by how many digits they have. */
const BY_LENGTH: Readonly<Record<number, readonly ((digits: readonly number[]) => boolean)[]>> = {
  9: [isBsn, isPortuguese, isTfn, (digits): boolean => isLuhn(digits.join(''))],
  10: [isNhs, isSwedish],
  11: [isGermanTaxId, isCpf, isPesel, isBelgian, isNorwegian],
  12: [
    (digits): boolean => (digits[0] ?? 0) > 1 && isVerhoeff(digits),
    (digits): boolean => isSwedish(digits.slice(2)),
  ],
  13: [isEan13],
  14: [isCnpj],
  15: [isFrench],
};

/** Whether a text is a number that some state gives people or firms, by its own check digits. */
export function isNationalNumber(text: string): boolean {
  const digits = digitsOf(text);
  return BY_LENGTH[digits.length]?.some((check) => check(digits)) ?? false;
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spanish DNI and NIE: the number modulo 23 chooses the letter. */
export function isSpanish(text: string): boolean {
  const plain = text.replaceAll(/[ .-]/g, '').toUpperCase();
  const number = plain.slice(0, -1).replace(/^[XYZ]/, (first) => String('XYZ'.indexOf(first)));
  return DNI_LETTERS[Number(number) % 23] === plain.at(-1);
}

const ODD = '1 0 5 7 9 13 15 17 19 21 2 4 18 20 11 3 6 8 12 14 16 10 22 25 24 23'
  .split(' ')
  .map(Number);

/** Italian codice fiscale: the last letter follows from the fifteen before it. */
export function isCodiceFiscale(text: string): boolean {
  const values = Array.from(text.toUpperCase().slice(0, 15), (char) =>
    /\d/.test(char) ? Number(char) : char.charCodeAt(0) - 65,
  );
  const sum = values.reduce((all, value, i) => all + (i % 2 === 0 ? (ODD[value] ?? 0) : value), 0);
  return text.length === 16 && String.fromCharCode(65 + (sum % 26)) === text.toUpperCase().at(-1);
}

/** Finnish henkilötunnus: the number modulo 31 chooses the last character. */
export const isFinnish = (text: string): boolean =>
  '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(text.replaceAll(/\D/g, '').slice(0, 9)) % 31] ===
  text.at(-1);
