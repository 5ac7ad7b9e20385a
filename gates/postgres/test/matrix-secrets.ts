import type { SampleDatabase } from './database.ts';

/** Looks for a private value, or what is plainly made of one, in bytes that reach the client. */
export type FindSecret = (bytes: Buffer) => string | undefined;

const WINDOW = 5;
// shorter than these nothing is unmistakable
const DIGITS = /^\d{6,}$/;

const FORMS = [
  'md5(v)',
  `encode(sha256(v::bytea), 'hex')`,
  `encode(v::bytea, 'base64')`,
  `encode(v::bytea, 'hex')`,
]
  .concat([`translate(v, 'qz', 'ab')`, 'hashtext(v)::text', 'hashtextextended(v, 7)::text'])
  .map((form) => `select convert_to(${form}, 'UTF8') as b from s`)
  .concat(['select int4send(hashtext(v)) as b from s', `select decode(md5(v), 'hex') as b from s`])
  .join(' union all ');

const VALUES = `with s(v) as (
    select unnest(array[name, email, phone, card, ssn, notes, details ->> 'k', birth::text, score::text,
      convert_from(picture, 'UTF8'), tags[1], tags[2], (address).street, status::text]) from customers
    union select secret_badge from vips union select '739182645'
    union select rolpassword from pg_authid)`;

/** Reads what is private past the masks: the values, every part of five characters of them, reversed too, and some digests. */
export async function findSecretsOf(database: SampleDatabase): Promise<FindSecret> {
  const { rows: plain } = await database.run(
    `${VALUES} select distinct v from s where v is not null`,
  );
  const { rows: made } = await database.run(
    `${VALUES} select b from (${FORMS}) f where b is not null`,
  );
  const values = (plain as { v: string }[]).map(({ v }) => v.toLowerCase());
  const windows = new Set(values.flatMap((value) => [value, reversed(value)].flatMap(windowsOf)));
  const digests = (made as { b: Buffer }[])
    .map(({ b }) => b.toString('latin1'))
    .filter((form) => form.length >= 4);
  return (bytes) => {
    const text = bytes.toString('latin1');
    const digest = digests.find((form) => text.includes(form));
    if (digest !== undefined) return digest;
    return partIn(text.toLowerCase(), windows);
  };
}

const reversed = (text: string): string => [...text].toReversed().join('');

function partIn(text: string, windows: ReadonlySet<string>): string | undefined {
  for (let at = 0; at + WINDOW <= text.length; at++)
    for (const part of [text.slice(at, at + WINDOW), text.slice(at, at + WINDOW + 1)])
      if (windows.has(part)) return part;
  return undefined;
}

function windowsOf(text: string): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; at + WINDOW <= text.length; at++) {
    const part = text.slice(at, at + WINDOW);
    const longer = text.slice(at, at + WINDOW + 1);
    if (/^[\d\W]+$/.test(part)) {
      if (DIGITS.test(longer)) parts.push(longer);
    } else if (/^[\x20-\x7e]+$/.test(part)) parts.push(part);
  }
  return parts;
}
