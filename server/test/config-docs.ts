import { readFileSync } from 'node:fs';
import { CONFIG } from '../src/config/config.ts';
import type { JsonSchema, Shape } from '../src/config/shape.ts';

const SOURCE = [
  new URL('../src/config/config.ts', import.meta.url),
  new URL('../src/config/channels.ts', import.meta.url),
  new URL('../src/config/drills.ts', import.meta.url),
  new URL('../src/config/mcp.ts', import.meta.url),
  new URL('../src/config/postgres.ts', import.meta.url),
]
  .map((url) => readFileSync(url, 'utf8'))
  .join('\n');

/** The doc comment of every key of the configuration's types: `Type.property` → text. */
function comments(): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const [, type = '', body = ''] of SOURCE.matchAll(
    /^(?:export )?type (\w+) = \{\n(.*?)^\};/gms,
  ))
    for (const [, text = '', property = ''] of body.matchAll(
      /\/\*\* (.*?) \*\/\s+readonly (\w+)\??:/gs,
    ))
      out.set(`${type}.${property}`, text);
  return out;
}

const COMMENTS = comments();

/** The comment that a key's documentation is made of. */
function commentOf(name: string): string {
  const text = COMMENTS.get(name);
  if (text === undefined) throw new Error(`no doc comment on ${name}`);
  return text;
}

type Row = readonly [key: string, form: string, fallback: string, text: string];

/** Rows of the guide's key table, in order of declaration. */
export function keyRows(shape: Shape<unknown> = CONFIG, prefix = ''): readonly Row[] {
  const { type = '', keys = [] } = shape.members ?? {};
  return keys.flatMap(({ name, property, shape: inner, isRequired, fallback }) => {
    const at = `${prefix}${name}`;
    const standard = isRequired ? 'required' : fallback === undefined ? '' : code(fallback);
    const row: Row = [`\`${at}\``, inner.form, standard, commentOf(`${type}.${property}`)];
    return [row, ...keyRows(inner, `${at}${suffix(inner.form)}.`)];
  });
}

const code = (value: unknown): string =>
  `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

const suffix = (form: string): string =>
  form.startsWith('list of') ? '[]' : form.startsWith('record of') ? '.*' : '';

/** The table as Markdown. */
export const keyTable = (): string =>
  [
    '| key | form | default | what it decides |',
    '| --- | --- | --- | --- |',
    ...keyRows().map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

/** Cells without the padding a formatter adds. */
export const bareTable = (markdown: string): string =>
  markdown
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/ +\| *| *\| +/g, ' | ')
        .replaceAll(/-{3,}/g, '---')
        .trim(),
    )
    .join('\n');

/** The JSON Schema for editors, with the same comments as descriptions. */
export function jsonSchema(): JsonSchema {
  const described = describe(CONFIG.schema) as JsonSchema;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'countersign.yaml',
    ...described,
  };
}

function describe(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(describe);
  if (typeof node !== 'object' || node === null) return node;
  const { $comment, ...rest } = node as Readonly<Record<string, unknown>>;
  const members = Object.entries(rest).map(([name, value]) => [name, describe(value)]);
  const description = typeof $comment === 'string' ? { description: commentOf($comment) } : {};
  return { ...description, ...Object.fromEntries(members) };
}
