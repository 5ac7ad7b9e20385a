import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { makeWorld, ROOT, start, stop } from './world.ts';

// `sdk` promises Node 20, which strips no types: it is compiled and asks a real gateway from there.
const folder = mkdtempSync(join(tmpdir(), 'countersign-sdk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const versionOf = (node: string): string =>
  execFileSync(node, ['--version'], { encoding: 'utf8', env: {} }).trim();
const node20 = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((path) => join(path, 'node'))
  .find((node) => existsSync(node) && versionOf(node).startsWith('v20.'));

const AGENT = `
import { createClient, NotExecuted } from './out/index.js';
const [url, token] = process.argv.slice(2);
const client = createClient({ url, token });
const crm = { type: 'Database', id: 'crm' };
const read = client.guard('sql.select', crm, (args) => args.limit);
const refused = await client
  .guard('sql.select', crm, () => 'ran')({ table: 'customers', columns: ['company'], limit: 20000 })
  .catch((error) => (error instanceof NotExecuted ? error.code : String(error)));
console.log(JSON.stringify([await read({ table: 'customers', columns: ['company'], limit: 3 }), refused]));
`;

describe('the SDK, compiled', () => {
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: false,
    isolatedDeclarations: false,
    rootDir: join(ROOT, 'sdk/src'),
    outDir: join(folder, 'out'),
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const extending = {
    extends: join(ROOT, 'tsconfig.json'),
    include: [join(ROOT, 'sdk/src')],
    exclude: [],
  };
  writeFileSync(config, JSON.stringify({ ...extending, compilerOptions }));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config]);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'agent.js'), AGENT);

  const nodes: readonly (readonly [string, string])[] = [
    ['this Node', process.execPath],
    ...(node20 === undefined ? [] : [['Node 20', node20] as const]),
  ];
  test.each(nodes)('guards a function on %s', async (_, node) => {
    const world = await makeWorld();
    const gateway = await start(world);
    const words = [join(folder, 'agent.js'), world.url, world.tokens.bot];
    const { stdout } = await promisify(execFile)(node, words, { env: {} });
    expect(JSON.parse(stdout)).toEqual([3, 'denied']);
    await stop(gateway);
    rmSync(world.folder, { recursive: true, force: true });
  });

  if (node20 === undefined)
    test('NOT TESTED: no Node 20 on the PATH', () => {
      // says by name what did not run here; CI sets this where Node 20 must be there
      expect(process.env['COUNTERSIGN_REQUIRE_NODE20']).toBeUndefined();
    });
});
