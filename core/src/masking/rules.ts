import type { DataClass } from './class.ts';
import { TOKENS } from './tokens.ts';
import { isAssigned, isCard, isIban, isSecretLooking, isSsn } from './validators.ts';

/**
 * One detector, as data. It is tried where one of its keywords (or its `start`) occurs, never over the whole text.
 *
 * INVARIANT: a rule decides from the text between 64 characters before its trigger and `reach` after it, and never
 * reads past the first `stop` character: a stream may be cut anywhere and must still give the same answer.
 */
export type Rule = {
  readonly id: string;
  /** What the placeholder says. */
  readonly class: DataClass;
  /** Lower case, compared without case, no white space; one character, or three to forty. */
  readonly keywords: readonly string[];
  /** Triggers that are not literal: a digit that begins a word; two capitals and a digit that begin a word. */
  readonly start?: 'number' | 'country-code';
  /** Characters that may stand before the keyword and belong to the match, at most 64 of them. */
  readonly lookBack?: RegExp;
  /** Sticky (`y`), with indices (`d`). The first capture that took part is the value; without captures, all of it. */
  readonly regex: RegExp;
  /** The character before the match must not be this. */
  readonly notAfter?: RegExp;
  readonly reach: number;
  readonly stop: 'space' | 'line' | 'footer';
  readonly validate?: (value: string) => boolean;
  /** When `validate` refuses, try again without what this matches at the end. */
  readonly shorten?: RegExp;
  /** Not used unless asked for. */
  readonly off?: true;
};

const WORD = /[A-Za-z0-9]/;
const WORD_DASH = /[A-Za-z0-9_-]/;
const QUOTED = String.raw`"([^"\n‹]{1,512})"|'([^'\n‹]{1,512})'`;
// a function call is no value: `getSecret()`
const BARE = String.raw`(?!\w{1,64}(?:\.\w{1,64}){0,4}[(\[])([^\s"'\x60,;&|<>(){}\[\]‹›]{3,512})`;
const SENSITIVE =
  'password|passwd|passphrase|pwd|_pass|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key|access[_-]?key|private[_-]?key';
const NAMES = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  '_pass',
  'secret',
  'token',
  'apikey',
  'api_key',
  'api-key',
];
const KEY_NAMES = [
  'accesskey',
  'access_key',
  'access-key',
  'privatekey',
  'private_key',
  'private-key',
];

/** The first set, most specific first: where two claim the same characters the earlier wins. */
export const RULES: readonly Rule[] = [
  {
    id: 'private-key',
    class: 'secret.private-key',
    keywords: ['-----begin'],
    regex:
      /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----((?:\s{0,4}[A-Z][A-Za-z-]{0,19}: [^\n]{1,120}\n){0,4}[A-Za-z0-9+/=\s\\]{16,16384})/dy,
    reach: 17_200,
    stop: 'footer',
  },
  ...TOKENS,
  {
    id: 'netrc',
    class: 'secret.password',
    keywords: ['login'],
    regex: /login[ \t]{1,8}[^\s‹]{1,128}[ \t]{1,8}password[ \t]{1,8}([^\s‹›]{1,256})/diy,
    notAfter: WORD,
    reach: 430,
    stop: 'line',
    validate: isSecretLooking,
  },
  {
    id: 'password-operand',
    class: 'secret.password',
    keywords: ['sshpass'],
    regex: /sshpass[ \t]{1,4}-p[ \t]{0,4}["']?([^\s"'‹›]{1,128})/dy,
    reach: 150,
    stop: 'line',
  },
  {
    id: 'mysql-password',
    class: 'secret.password',
    keywords: ['mysql'],
    regex:
      /mysql[a-z]{0,8}(?:[ \t]{1,4}(?:[^\s‹-]|-[^\sp‹])[^\s‹]{0,63}){0,8}[ \t]{1,4}-p["']?([^\s"'‹›]{1,128})/dy,
    notAfter: WORD,
    reach: 730,
    stop: 'line',
  },
  {
    id: 'aws-secret-key',
    class: 'secret.aws-key',
    keywords: ['secret'],
    regex:
      /secret[_-]?(?:access[_-]?)?(?:key)?["']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/diy,
    reach: 84,
    stop: 'line',
  },
  {
    id: 'jwt',
    class: 'secret.jwt',
    keywords: ['eyj'],
    regex: /eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{0,2048}/dy,
    notAfter: /[A-Za-z0-9_.-]/,
    reach: 14_400,
    stop: 'space',
  },
  {
    id: 'url-password',
    class: 'secret.url-password',
    keywords: ['://'],
    regex: /:\/\/[^\s:@/?#"'<>‹]{0,128}:([^\s/?#"'<>‹›]{1,256})@/dy,
    reach: 390,
    stop: 'space',
  },
  {
    id: 'authorization',
    class: 'secret.authorization',
    keywords: ['authorization'],
    regex:
      /authorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?(?:(?:basic|bearer|token|digest|negotiate|apikey)[ \t]{1,4})?([^\s"',‹›]{4,8192})/diy,
    reach: 8_250,
    stop: 'line',
  },
  {
    id: 'bearer',
    class: 'secret.authorization',
    keywords: ['bearer', 'basic'],
    regex: /(?:bearer|basic)[ \t]{1,4}([A-Za-z0-9._~+/=-]{16,8192})/diy,
    notAfter: WORD,
    reach: 8_208,
    stop: 'line',
    validate: (value): boolean => /[0-9=]/.test(value) || value.length >= 32,
  },
  {
    id: 'cookie',
    class: 'secret.cookie',
    keywords: ['cookie'],
    regex: /cookie["']?:[ \t]{0,4}["']?([^\r\n"'‹›]{4,4096})/diy,
    reach: 4_120,
    stop: 'line',
    validate: (value): boolean => value.includes('='),
  },
  {
    id: 'password-flag',
    class: 'secret.password',
    keywords: [...NAMES, ...KEY_NAMES],
    lookBack: WORD_DASH,
    regex: new RegExp(
      String.raw`--[a-z0-9-]{0,40}?(?:${SENSITIVE})(?:[ \t]{1,4}|=)(?:${QUOTED}|${BARE})`,
      'dyi',
    ),
    reach: 570,
    stop: 'line',
    validate: (value): boolean => !value.startsWith('-') && isAssigned(value),
  },
  {
    id: 'user-flag',
    class: 'secret.password',
    keywords: ['--user', ' -u'],
    regex: /(?:--user| -u)[ \t=]{1,4}["']?[^\s:"'‹]{1,64}:([^\s"'‹›]{1,128})/diy,
    reach: 210,
    stop: 'line',
    validate: (value): boolean => !/^\d+$/.test(value),
  },
  {
    id: 'assigned-quoted',
    class: 'secret.password',
    keywords: [...NAMES, ...KEY_NAMES],
    regex: new RegExp(
      String.raw`(?:${SENSITIVE})["'\]]{0,2}[ \t]{0,8}(?:=>|:=|[:=])[ \t]{0,8}(?:${QUOTED})`,
      'dyi',
    ),
    notAfter: /‹/,
    reach: 560,
    stop: 'line',
    validate: isAssigned,
  },
  {
    id: 'assigned',
    class: 'secret.password',
    keywords: [...NAMES, ...KEY_NAMES],
    regex: new RegExp(
      String.raw`(?:${SENSITIVE})["'\]]{0,2}[ \t]{0,8}(?:=>|:=|=)[ \t]{0,8}${BARE}`,
      'dyi',
    ),
    notAfter: /‹/,
    reach: 560,
    stop: 'line',
    validate: isAssigned,
  },
  {
    id: 'assigned-after-colon',
    class: 'secret.password',
    keywords: [...NAMES, ...KEY_NAMES],
    regex: new RegExp(String.raw`(?:${SENSITIVE})["'\]]{0,2}[ \t]{0,8}:[ \t]{0,8}${BARE}`, 'dyi'),
    notAfter: /‹/,
    reach: 560,
    stop: 'line',
    validate: isSecretLooking,
  },
  {
    id: 'iban',
    class: 'pii.iban',
    keywords: [],
    start: 'country-code',
    regex: /[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?/dy,
    reach: 48,
    stop: 'line',
    validate: isIban,
    shorten: / ?[A-Z0-9]{1,4}$/,
  },
  {
    id: 'card',
    class: 'pci.card',
    keywords: [],
    start: 'number',
    regex: /[2-6]\d(?:[ -]?\d){11,17}(?!\d)/dy,
    notAfter: /[.-]/,
    reach: 40,
    stop: 'line',
    validate: isCard,
    shorten: /[ -]\d{1,18}$/,
  },
  {
    id: 'us-ssn',
    class: 'pii.us-ssn',
    keywords: [],
    start: 'number',
    regex: /\d{3}-\d{2}-\d{4}(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 13,
    stop: 'line',
    validate: isSsn,
  },
  {
    id: 'email',
    class: 'pii.email',
    keywords: ['@'],
    lookBack: /[A-Za-z0-9._%+-]/,
    // only the local part: a host is never masked, the reviewer must see where data goes (A9)
    regex: /([A-Za-z0-9._%+-]{1,64})@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/dy,
    notAfter: /[/@]/,
    reach: 600,
    stop: 'space',
    validate: (value): boolean => value !== 'git',
  },
  {
    id: 'phone-international',
    class: 'pii.phone',
    keywords: ['+'],
    regex: /\+[1-9](?:[ .()-]{0,2}\d){7,14}(?!\w)/dy,
    notAfter: /[\w+)]/,
    reach: 50,
    stop: 'line',
  },
  {
    id: 'phone-us',
    class: 'pii.phone',
    keywords: ['('],
    regex: /\([2-9]\d{2}\) ?\d{3}[ .-]\d{4}(?!\w)/dy,
    notAfter: /\w/,
    reach: 16,
    stop: 'line',
  },
  {
    id: 'phone-us-dashed',
    class: 'pii.phone',
    keywords: [],
    start: 'number',
    regex: /[2-9]\d{2}-[2-9]\d{2}-\d{4}(?![\w-])/dy,
    notAfter: /[.-]/,
    reach: 14,
    stop: 'line',
  },
  {
    id: 'ip',
    class: 'pii.ip',
    keywords: [],
    start: 'number',
    regex: /(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])/dy,
    notAfter: /[.-]/,
    reach: 17,
    stop: 'line',
    off: true,
  },
];
