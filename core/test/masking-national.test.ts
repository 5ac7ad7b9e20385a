import { describe, expect, test } from 'vitest';
import { isAmong, isDataClass, isDataClasses, likelyClass } from '../src/masking/class.ts';
import { createMasker } from '../src/masking/masker.ts';

const { find } = createMasker({ key: new Uint8Array(32) });
const classesIn = (text: string): readonly string[] => find(text).map((place) => place.class);

/** Numbers that the states, or those who describe the schemes, give as examples. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['Brazil, CPF', '529.982.247-25'],
  ['Brazil, CNPJ', '11.222.333/0001-81'],
  ['Switzerland', '756.9217.0769.85'],
  ['Belgium', '85.07.30-033.28'],
  ['France', '2 69 05 49 588 157 80'],
  ['Spain, DNI', '12345678Z'],
  ['Spain, NIE', 'X1234567L'],
  ['Italy', 'RSSMRA85T10A562S'],
  ['Finland', '131052-308T'],
  ['United States, ITIN', '912-70-1234'],
  ['United Kingdom, NHS', 'NHS number 943 476 5919'],
  ['United Kingdom, NINO', 'National Insurance no: AB 12 34 56 C'],
  ['Germany', 'Steuer-ID 86 095 742 719'],
  ['Poland', 'PESEL: 44051401359'],
  ['Netherlands', 'BSN 111222333'],
  ['Canada', 'SIN 046 454 286'],
  ['Australia', 'TFN: 123 456 782'],
  ['Portugal', 'NIF 123456789'],
  ['Sweden', 'personnummer 811218-9876'],
  ['India, PAN', 'PAN: ABCPE1234F'],
  ['passport', '"passport_no": "C01X00T47"'],
];
describe('R9: national numbers', () => {
  test.each(NUMBERS)('%s', (_, text) => {
    expect(classesIn(`a ${text}, b`)).toEqual(['pii.national-id']);
  });
  test.each([
    '529.982.247-26',
    '756.9217.0769.84',
    '85.07.30-033.29',
    '2 69 05 49 588 157 81',
    '12345678A',
    'X1234567A',
    'RSSMRA85T10A562T',
    '131052-308U',
    '943 476 5919',
    'NHS number 943 476 5918',
    'Steuer-ID 86095742718',
    'part AB123456C',
    'span ABCPE1234F',
    'company 12345678901',
    'order 1234-5678-9012',
    '20240101T120000Z',
  ])('not by another check digit, nor without its word: %s', (text) => {
    expect(classesIn(text)).toEqual([]);
  });
});

describe('R9: phones by the words around them', () => {
  test.each([
    'Phone: 083 564 9312',
    'Phone:\n60-56-85-91',
    '(37) 788-063 (office)',
    'call me on 9472 7916',
    'Tel. 0351/1234567',
    'mobile 07700 900123 x12',
    '+46 (0)8 928 571 38',
    '345-899-3560 ext. 12',
  ])('%s', (text) => expect(classesIn(text)).toEqual(['pii.phone']));
  test.each([
    'call returned 404 after 1200 tries',
    'phone model 12345678901234567890',
    'mobile layout 819x330\nts=1715877159',
    'call 2026-01-02 12:00:00',
    'Phone ticket 12345678',
    'callback 10.20.30.40',
    '9472 7916',
    'a+12345678',
    '+12345678 lines',
  ])('no phone: %s', (text) => expect(classesIn(text)).toEqual([]));
});

test('MASK-4: what a class is, what a family is, and what was probably meant', () => {
  for (const name of ['pii.email', 'secret.aws-key-id', 'custom.x9'])
    expect(isDataClass(name)).toBe(true);
  for (const name of ['pii', 'pii.', 'pii:email', 'pii.Email', 'none', 'other.x', 'pii.9'])
    expect(isDataClass(name)).toBe(false);
  expect(isDataClasses('pii')).toBe(true);
  expect(isAmong('pii.email', ['pii'])).toBe(true);
  expect(isAmong('pii.email-hash', ['pii.email'])).toBe(false);
  expect(likelyClass('pii:us_ssn')).toBe('pii.us-ssn');
  expect(likelyClass('pii:card')).toBe('pci.card');
  expect(likelyClass('bank')).toBeUndefined();
});
