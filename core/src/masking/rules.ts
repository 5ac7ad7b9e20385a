import { isLuhn } from './checksums.ts';
import { NATIONAL } from './national.ts';
import { PHONES } from './phones.ts';
import type { Rule } from './rule.ts';
import { TOKENS } from './tokens.ts';
import { isAssigned, isCard, isIban, isSecretLooking } from './validators.ts';

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
    start: 'capitals',
    least: 2,
    regex: /[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?/dy,
    reach: 48,
    stop: 'line',
    validate: isIban,
    shorten: /[ -]?[A-Z0-9]{1,4}$/,
  },
  {
    id: 'iban-said',
    class: 'pii.iban',
    keywords: ['iban', 'konto', 'account', 'transfer', 'bank'],
    regex:
      /(?:iban|konto|account|transfer|bank)(?: \w{1,12}){0,4}["']?[:=# ]{1,4}["']?([a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?)/diy,
    reach: 120,
    stop: 'line',
    validate: (value): boolean => isIban(value.toUpperCase()),
    shorten: /[ -]?[a-z0-9]{1,4}$/i,
  },
  {
    id: 'card',
    class: 'pci.card',
    keywords: [],
    start: 'number',
    least: 13,
    regex: /[2-6]\d(?:[ -]?\d){11,17}(?!\d)/dy,
    notAfter: /[.-]/,
    reach: 40,
    stop: 'line',
    validate: isCard,
    shorten: /[ -]\d{1,18}$/,
  },
  {
    id: 'card-said',
    class: 'pci.card',
    keywords: [],
    start: 'number',
    least: 12,
    regex: /[0-6]\d(?:[ -]?\d){10,17}(?!\d)/dy,
    notAfter: /[.-]/,
    reach: 40,
    stop: 'line',
    context: {
      near: /\b(?:cards?|cc|visa|maestro|mastercard|debit|credit|payment|karte|tarjeta|carte)\b/i,
    },
    validate: isLuhn,
  },
  ...NATIONAL,
  {
    id: 'email',
    class: 'pii.email',
    keywords: ['@'],
    lookBack: /[A-Za-z0-9._%+-]/,
    // only the local part: a host is never masked, the reviewer must see where data goes (A9)
    regex:
      /([A-Za-z0-9._%+-]{1,64})@(?!\d{1,2}x\.)(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!(?:png|jpe?g|gif|svg|webp|[cm]?jsx?|tsx?|s?css|json|html?|tgz|gz|map|woff2?|txt|ya?ml|lock|xml|conf|log)(?![A-Za-z0-9-]))[A-Za-z]{2,24}(?![A-Za-z0-9])/dy,
    notAfter: /[/@]/,
    reach: 600,
    stop: 'space',
    validate: (value): boolean => value !== 'git',
  },
  ...PHONES,
  {
    id: 'ip',
    class: 'pii.ip',
    keywords: [],
    start: 'number',
    least: 4,
    regex: /(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])/dy,
    notAfter: /[.-]/,
    reach: 17,
    stop: 'line',
    off: true,
  },
];
