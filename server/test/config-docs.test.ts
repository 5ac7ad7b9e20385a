import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadActionTypes } from '../src/config/actions.ts';
import { bareTable, jsonSchema, keyRows, keyTable } from './config-docs.ts';
import { load, makeFolder, put, tokenOf } from './config-fixture.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const GUIDE = at('../../docs/guides/configuration.md');
const GATE = at('../../docs/guides/gate-api.md');
const SCHEMA = at('../src/config/countersign.schema.json');
const BEGIN =
  '<!-- keys: written by COUNTERSIGN_WRITE_DOCS=1 npx vitest run server/test/config-docs -->';
const END = '<!-- end of keys -->';

if (process.env['COUNTERSIGN_WRITE_DOCS'] === '1') {
  mkdirSync(dirname(SCHEMA), { recursive: true });
  writeFileSync(SCHEMA, `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
  const [before = ''] = readFileSync(GUIDE, 'utf8').split(BEGIN);
  const [, after = ''] = readFileSync(GUIDE, 'utf8').split(END);
  writeFileSync(GUIDE, `${before}${BEGIN}\n\n${keyTable()}\n\n${END}${after}`);
}

const guide = readFileSync(GUIDE, 'utf8');
const blocks = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block ?? '');

describe('documentation is made of the definition', () => {
  test('the key table is in step', () => {
    const table = guide.slice(guide.indexOf(BEGIN) + BEGIN.length, guide.indexOf(END)).trim();
    expect(bareTable(table)).toBe(bareTable(keyTable()));
    expect(keyRows().length).toBeGreaterThan(50);
  });

  test('the JSON Schema is in step', () => {
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(jsonSchema());
  });

  test("the guide's example loads as it is, once its secrets are there", async () => {
    const example = blocks(guide)[0] ?? '';
    const folder = makeFolder();
    const tokens = [...example.matchAll(/file:secrets\/([\w-]+)/g)].map(([, name]) => name ?? '');
    for (const name of tokens) {
      mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 });
      const list = name.endsWith('-runner') ? 'cse' : name.endsWith('-bot') ? 'csk' : 'csp';
      put(folder, `secrets/${name}`, tokenOf(list, name));
    }
    const loaded = await load(example, { DANA_TOKEN: tokenOf('csp', 'dana') }, folder);
    expect(loaded.ok ? loaded.value.warnings : loaded.error).toEqual([]);
  });

  test("the gate guide's declarations load as they are", async () => {
    const declared = blocks(readFileSync(GATE, 'utf8')).filter((block) =>
      block.includes('version:'),
    );
    expect(declared.length).toBeGreaterThan(0);
    for (const block of declared) {
      const types = await loadActionTypes(put(makeFolder(), 'actions.yaml', block), {
        executors: [{ id: 'crm-runner', tokenDigest: 'sha256:0' }],
      });
      expect(types.ok ? [] : types.error).toEqual([]);
    }
  });

  test('keys are snake_case and unique', () => {
    const keys = keyRows().map(([key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^`[a-z_]+((\[\]|\.\*)?\.[a-z_]+)*`$/);
  });
});
