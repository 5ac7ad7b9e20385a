import { NOTHING_APPROVES, type Wording } from './wording.ts';

/** The two forms of one mail. */
export type Rendered = { readonly text: string; readonly html: string };

const LABEL_WIDTH = 12;

/** Writes a mail as plain text and as HTML: no pictures, no styles from elsewhere, nothing that tells that it was read. */
export const renderMail = (wording: Wording): Rendered => ({
  text: textOf(wording),
  html: htmlOf(wording),
});

const textOf = ({ headline, fields, lines, linkLabel, link }: Wording): string =>
  [
    headline,
    '',
    ...fields.map(([label, value]) => `${label.padEnd(LABEL_WIDTH)} ${value}`),
    ...(fields.length > 0 ? [''] : []),
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    ...(link === undefined ? [] : [`${linkLabel}:`, link, '']),
    '-- ',
    NOTHING_APPROVES,
    '',
  ].join('\n');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

const row = ([label, value]: readonly [string, string]): string =>
  `<tr><td style="padding:2px 16px 2px 0;color:#666;vertical-align:top">${escaped(label)}</td><td style="padding:2px 0">${escaped(value)}</td></tr>`;

const htmlOf = ({ headline, fields, lines, linkLabel, link }: Wording): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no"></head>',
    '<body style="font:15px/1.5 system-ui,sans-serif;max-width:640px">',
    `<p style="font-size:18px;font-weight:600">${escaped(headline)}</p>`,
    fields.length > 0
      ? `<table role="presentation" style="border-collapse:collapse">${fields.map(row).join('')}</table>`
      : '',
    ...lines.map((line) => `<p style="margin:4px 0">${escaped(line)}</p>`),
    link === undefined
      ? ''
      : `<p><a href="${escaped(link)}">${escaped(linkLabel)}</a><br>${escaped(link)}</p>`,
    `<p style="color:#666;font-size:13px">${escaped(NOTHING_APPROVES)}</p>`,
    '</body></html>\n',
  ].join('');
