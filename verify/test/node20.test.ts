import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

// `verify` promises Node 20, which strips no types: it is compiled and runs its vectors there with the plain runner.
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compile = (config: object, name: string): void => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ extends: join(root, 'tsconfig.json'), ...config }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', file], {
    stdio: 'pipe',
  });
};

const versionOf = (node: string): string =>
  execFileSync(node, ['--version'], { encoding: 'utf8', env: {} }).trim();

const node20 = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((path) => join(path, 'node'))
  .find((node) => existsSync(node) && versionOf(node).startsWith('v20.'));

describe('compiled', () => {
  compile(
    {
      compilerOptions: {
        noEmit: false,
        declaration: false,
        isolatedDeclarations: false,
        rootDir: join(root, 'verify'),
        outDir: join(folder, 'out'),
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: [join(root, 'verify/src'), join(root, 'verify/test/vector-cases.ts')],
      exclude: [],
    },
    'tsconfig.json',
  );
  writeFileSync(join(folder, 'out/package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'out/vectors.test.js'),
    `import test from 'node:test';
import { casesOf } from './test/vector-cases.js';
for (const { title, run } of casesOf(${JSON.stringify(join(root, 'docs/spec/vectors'))})) test(title, run);
`,
  );
  const runOn = (node: string): string =>
    execFileSync(node, ['--no-warnings', '--test', '--test-reporter=tap', 'vectors.test.js'], {
      cwd: join(folder, 'out'),
      encoding: 'utf8',
      env: { NODE_OPTIONS: '' },
    });

  test('the vectors pass on this Node without type stripping', () => {
    expect(runOn(process.execPath)).toMatch(/^# fail 0$/m);
  });

  if (node20 === undefined)
    test('NOT TESTED: no Node 20 on the PATH', () => {
      // says by name what did not run here; CI sets this where Node 20 must be there
      expect(process.env['COUNTERSIGN_REQUIRE_NODE20']).toBeUndefined();
    });
  else
    test('the vectors pass on Node 20', () => {
      const tap = runOn(node20);
      expect(tap).toMatch(/^# fail 0$/m);
      expect(Number(/^# pass (\d+)$/m.exec(tap)?.[1])).toBeGreaterThan(200);
    });
});
