import type { Rule } from './rule.ts';

/** Words that name a phone. */
const PHONE = String.raw`(?=[acdfghmoprstw])(?:phone|fax\b|\btel\b|mobile\b|\bmob\b|\bcell\b|handy|telefon|rufnummer|tel[eéè]f|t[eé]l[eé]phone|celular|m[oó]vil\b|portable\b|whats ?app|\bsms\b|hotline|\bdesk\b|\boffice\b|pager|msisdn|\bgsm\b)`;
/** Words that say somebody is called, if only numbers in groups follow. */
const CALL = String.raw`(?=[acdlmrtv])(?:\bcall(?:ed|ing|s)?\b|\bring\b|dial|answering|messages? (?:to|from|at|on)|\btext(?:ed|ing)? |reach|contact|voice ?mail|anruf|appel|llam)`;
const OTHER =
  /\b(?:order|invoice|ticket|case|ref(?:erence)?|id|account|acct|card|ssn|zip|box|serial|version|isbn|sku|build|port|pid|line|size|amount|total|code)\b[^a-z\d\n]{0,4}(?:(?:no|number|nr|is|was)\b)?[^a-z\d\n]{0,4}$/i;
const NOT_A_WORD = /[\w.+/-]/;

const digits = (text: string): number => text.replaceAll(/\D/g, '').length;
const IS_OTHER =
  /^(?:(?:19|20)\d\d[-/. ](?:0?[1-9]|1[0-2])[-/. ]|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|\d{1,3}(?:\.\d{1,3}){3}$|0+$|\d+\.\d+$)/;
const isNumber = (text: string): boolean => {
  const count = digits(text.replace(/ ?(?:x|ext).*$/i, ''));
  return count >= 7 && count <= 15 && !IS_OTHER.test(text);
};
/** An international number is of the length its country gives: for +1 and +7 just one. */
const isInternational = (text: string): boolean => {
  const count = digits(text.replace(/ ?(?:x|ext).*$/i, ''));
  return /^\+[17]/.test(text) ? count === 11 : count >= 8 && count <= 15;
};

/** Phone numbers: written for the world, as in North America, or after a word that says so. */
export const PHONES: readonly Rule[] = [
  {
    id: 'phone-international',
    class: 'pii.phone',
    keywords: ['+'],
    least: 8,
    regex: /\+[1-9](?:[ .()-]{0,2}\d){7,14}(?: ?(?:x|ext\.? ?)\d{1,5})?(?!\w)/dy,
    notAfter: /[\w+)]/,
    reach: 58,
    stop: 'line',
    validate: isInternational,
  },
  {
    id: 'phone-us',
    class: 'pii.phone',
    keywords: ['('],
    least: 10,
    regex: /\([2-9]\d{2}\) ?\d{3}[ .-]\d{4}(?: ?(?:x|ext\.? ?)\d{1,5})?(?!\w)/dy,
    notAfter: /\w/,
    reach: 26,
    stop: 'line',
  },
  {
    id: 'phone-us-grouped',
    class: 'pii.phone',
    keywords: [],
    start: 'number',
    least: 10,
    regex:
      /(?:[2-9]\d{2}-[2-9]\d{2}-\d{4}|[2-9]\d{2}\.[2-9]\d{2}\.\d{4})(?: ?(?:x|ext\.? ?)\d{1,5})?(?![\w-]|\.\d)/dy,
    notAfter: /[.+-]/,
    reach: 24,
    stop: 'line',
    context: { unless: OTHER },
  },
  {
    id: 'phone-said',
    class: 'pii.phone',
    keywords: ['(', '+'],
    start: 'number',
    least: 7,
    regex: /\+?\(?\d(?:[ .()/-]{0,3}\d){6,16}(?: ?(?:x|ext\.? ?)\d{1,5})?(?!\w)/dy,
    notAfter: NOT_A_WORD,
    reach: 90,
    stop: 'line',
    context: {
      near: new RegExp(String.raw`${PHONE}(?:[^\n]{0,32}|[^\n]{0,12}:\s{1,8})$`, 'i'),
      after: new RegExp(String.raw`^[ \t]{0,2}[-–(,]{0,2}[ \t]{0,2}${PHONE}`, 'i'),
      unless: OTHER,
    },
    validate: isNumber,
  },
  {
    id: 'phone-called',
    class: 'pii.phone',
    keywords: ['(', '+'],
    start: 'number',
    least: 7,
    regex:
      /(?:\+?\(?\d{1,5}\)?[ ./-]{1,2}\d(?:[ ./-]{0,2}\d){2,12}|0\d{8,11})(?: ?(?:x|ext\.? ?)\d{1,5})?(?!\w)/dy,
    notAfter: NOT_A_WORD,
    reach: 64,
    stop: 'line',
    context: { near: new RegExp(String.raw`${CALL}[^\n]{0,32}$`, 'i'), unless: OTHER },
    validate: isNumber,
  },
];
