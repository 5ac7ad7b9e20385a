import { isCodiceFiscale, isFinnish, isNationalNumber, isSpanish } from './checksums.ts';
import type { Rule } from './rule.ts';
import { isSsn } from './validators.ts';

/** Words that say that a national number follows, within forty characters. */
const SAID =
  /(?:\bnhs\b|aadhaa?r|uidai|\btax|steuer|fiscal|\bcpf\b|\bcnpj\b|\bn\.?i\.?r\b|s[eé]cu|pesel|\bbsn\b|burgerservice|\bnif\b|\bnie\b|\bdni\b|\bsin\b|social insurance|\btfn\b|personnummer|f[oø]dselsnummer|\bahv\b|\bavs\b|rijksregister|national|identi|identity|\bid (?:no|number)|patient|citizen)[^\n]{0,40}$/i;

/** A document is named, and its number comes at once. */
const DOCUMENT =
  /(?:passport|driver'?s? licen[cs]e|driving licen[cs]e|personalausweis|reisepass|führerschein)(?: (?:no|nr|number|is|num|id|:|#)\b\.?){0,3}[:=#"' ]{1,4}$/i;

/** National numbers that stand for themselves, by form and check digits, and those that a word before them names. */
export const NATIONAL: readonly Rule[] = [
  {
    id: 'us-ssn',
    class: 'pii.us-ssn',
    keywords: [],
    start: 'number',
    least: 9,
    regex: /\d{3}-\d{2}-\d{4}(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 13,
    stop: 'line',
    validate: isSsn,
  },
  {
    id: 'us-ssn-said',
    class: 'pii.us-ssn',
    keywords: [],
    start: 'number',
    least: 9,
    regex: /\d{3}[ .]?\d{2}[ .]?\d{4}(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 13,
    stop: 'line',
    context: { near: /(?:\bssn\b|social[ _-]?security)[^\n]{0,32}$/i },
    validate: (value): boolean => isSsn(value.replace(/^(\d{3})\D?(\d{2})\D?/, '$1-$2-')),
  },
  {
    id: 'us-itin',
    class: 'pii.national-id',
    keywords: [],
    start: 'number',
    least: 9,
    regex: /9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 13,
    stop: 'line',
  },
  {
    id: 'national-number',
    class: 'pii.national-id',
    keywords: [],
    start: 'number',
    least: 11,
    // CPF, CNPJ, AHV, Belgian, Aadhaar, French NIR
    regex:
      /(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}|756\.\d{4}\.\d{4}\.\d{2}|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|[2-9]\d{3}[ -]\d{4}[ -]\d{4}|[12] \d{2} \d{2} \d{2} \d{3} \d{3} \d{2}|[12]\d{2}(?:0[1-9]|1[0-2])\d{10})(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 24,
    stop: 'line',
    validate: isNationalNumber,
  },
  {
    id: 'dni',
    class: 'pii.national-id',
    keywords: [],
    start: 'number',
    least: 8,
    regex: /\d{8}-?[A-HJ-NP-TV-Z](?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 12,
    stop: 'line',
    validate: isSpanish,
  },
  {
    id: 'finnish',
    class: 'pii.national-id',
    keywords: [],
    start: 'number',
    least: 6,
    regex: /(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[+A-]\d{3}[0-9A-Y](?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 13,
    stop: 'line',
    validate: isFinnish,
  },
  {
    id: 'national-code',
    class: 'pii.national-id',
    keywords: [],
    start: 'capitals',
    least: 7,
    regex: /[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![\w-])/dy,
    reach: 18,
    stop: 'line',
    validate: isCodiceFiscale,
  },
  {
    id: 'nie',
    class: 'pii.national-id',
    keywords: [],
    start: 'capitals',
    least: 7,
    initials: 'XYZ',
    regex: /[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z](?![\w-])/dy,
    reach: 13,
    stop: 'line',
    validate: isSpanish,
  },
  {
    id: 'national-number-said',
    class: 'pii.national-id',
    keywords: [],
    start: 'number',
    least: 9,
    regex: /\d(?:[ ./-]?\d){8,14}(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 32,
    stop: 'line',
    context: { near: SAID },
    validate: isNationalNumber,
  },
  {
    id: 'nino',
    class: 'pii.national-id',
    keywords: [],
    start: 'capitals',
    least: 6,
    regex: /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![\w-])/dy,
    reach: 15,
    stop: 'line',
    context: {
      near: /(?:\bnino\b|\bni\b|national insurance|insurance n)[^\n]{0,40}$/i,
    },
  },
  {
    id: 'indian-pan',
    class: 'pii.national-id',
    keywords: [],
    start: 'capitals',
    least: 4,
    regex: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![\w-])/dy,
    reach: 12,
    stop: 'line',
    context: { near: /(?:\bpan\b|permanent account|income tax|tax)[^\n]{0,40}$/i },
  },
  ...(['number', 'capitals'] as const).map((start): Rule => ({
    id: `document-${start}`,
    class: 'pii.national-id',
    keywords: [],
    start,
    least: 5,
    regex:
      start === 'number'
        ? /\d(?:-?\d){4,14}[A-Z]?(?![\w-])/dy
        : /[A-Z][A-Z0-9-]{4,15}[A-Z0-9](?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 34,
    stop: 'line',
    context: { near: DOCUMENT },
    validate: (value): boolean => /(?:\d[A-Z-]{0,2}){5}/.test(value),
  })),
];
