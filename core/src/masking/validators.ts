import { isLuhn } from './checksums.ts';

const ISSUERS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65|622)/, [16, 17, 18, 19]],
  [/^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^3(?:0[0-5]|[689])/, [14, 16]],
];

/** Whether a text is a payment card number: an issuer's prefix, that issuer's length, Luhn. */
export function isCard(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, '');
  return (
    ISSUERS.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length)) &&
    isLuhn(digits)
  );
}

const IBAN_LENGTHS =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 ' +
  'EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 ' +
  'KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 ' +
  'PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20';

/** Whether a text is an IBAN (ISO 13616): its country's length and the mod-97 check. */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(/[ -]/g, '');
  if (!IBAN_LENGTHS.includes(`${compact.slice(0, 2)}${compact.length}`)) return false;
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Whether `AAA-GG-SSSS` lies in the ranges the US Social Security Administration issues. */
export const isSsn = (text: string): boolean => !/^(?:000|666|9)|-00-|-0000$/.test(text);

const NOT_A_VALUE =
  /^(?:true|false|null|none|nil|undefined|required|optional|string|number|boolean|bytes|unknown|[~^]?\d{1,5}(?:\.\d{1,5}){2}[\w.+-]{0,32}|class|await|new|typeof|void|async|function|lambda|this|self|redacted|xxx+|\*+|\.+|-+|\$.*|%.*%?|process\.env.*|os\.environ.*|env\..*|(?:\/[\w.-]{1,255}){1,32}\/?)$/i;

/** Whether what follows `password=` reads like a value and not like a type, a variable or a blank. */
export const isAssigned = (text: string): boolean => !NOT_A_VALUE.test(text);

/** Whether a text after a colon reads like a secret and not like the next word of a sentence. */
export const isSecretLooking = (text: string): boolean =>
  isAssigned(text) && (text.length >= 16 || /[0-9!@#$%^*+=/\\~]/.test(text));
