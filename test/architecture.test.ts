import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

// The import law. This table is the law; ARCHITECTURE.md shows it to people.
// node: true = anywhere in src, a path = only that file, false = nowhere.
type Row = {
  readonly ours: readonly string[];
  readonly node: boolean | string;
  readonly third: readonly string[];
};
const LAW: Readonly<Record<string, Row>> = {
  core: { ours: [], node: 'crypto.ts', third: [] },
  policy: { ours: ['core'], node: 'load.ts', third: ['@cedar-policy/cedar-wasm'] },
  identity: {
    ours: ['core'],
    node: true,
    third: [
      '@simplewebauthn/server',
      'jose',
      'oidc-provider',
      'openid-client',
      'scim-patch',
      'scim2-parse-filter',
    ],
  },
  'gates/api': { ours: ['core'], node: true, third: [] },
  'gates/exec': { ours: ['core'], node: true, third: ['unbash'] },
  'gates/hook': { ours: ['core'], node: true, third: [] },
  'gates/postgres': { ours: ['core'], node: true, third: ['libpg-query'] },
  'gates/mcp': { ours: ['core'], node: true, third: ['@cfworker/json-schema'] },
  'channels/push': { ours: ['core'], node: true, third: [] },
  'channels/slack': {
    ours: ['core'],
    node: true,
    third: ['@slack/socket-mode', '@slack/web-api', 'undici'],
  },
  'channels/email': { ours: ['core'], node: true, third: ['nodemailer'] },
  'channels/webhook': { ours: ['core'], node: true, third: [] },
  'channels/pagerduty': { ours: ['core'], node: true, third: [] },
  'channels/teams': { ours: ['core'], node: true, third: ['jose'] },
  'stores/postgres': { ours: ['core'], node: true, third: ['pg'] },
  'stores/sqlite': { ours: ['core'], node: true, third: [] },
  api: { ours: ['core'], node: false, third: ['zod'] },
  sdk: { ours: [], node: false, third: [] },
  verify: { ours: [], node: 'main.ts', third: [] },
  console: {
    ours: ['api', 'verify'],
    node: false,
    third: ['@preact/signals', '@simplewebauthn/browser', 'preact'],
  },
  server: {
    ours: [
      'core',
      'policy',
      'identity',
      'api',
      'console',
      'gate-api',
      'gate-exec',
      'gate-hook',
      'gate-mcp',
      'gate-postgres',
      'channel-push',
      'channel-email',
      'channel-webhook',
      'channel-pagerduty',
      'channel-slack',
      'channel-teams',
      'store-postgres',
      'store-sqlite',
    ],
    node: true,
    third: [
      '@opentelemetry/api',
      '@opentelemetry/core',
      '@opentelemetry/exporter-metrics-otlp-http',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
      'yaml',
    ],
  },
  cli: {
    ours: [
      'core',
      'policy',
      'api',
      'sdk',
      'verify',
      'gate-exec',
      'gate-hook',
      'gate-mcp',
      'channel-teams',
      'server',
    ],
    node: true,
    third: ['@electric-sql/pglite'],
  },
};

const root = join(import.meta.dirname, '..');
const specifier = /(?:\bfrom\s+|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g;

const manifest = (
  dir: string,
): { name: string; dependencies?: Record<string, string>; workspaces?: string[] } =>
  JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));

function sourcesOf(dir: string): string[] {
  const src = join(root, dir, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(src, name));
}

const importsOf = (dir: string): { file: string; to: string }[] =>
  sourcesOf(dir).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(specifier)].map(([, to = '']) => ({ file, to })),
  );

const packageName = (to: string): string =>
  to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');

describe('the import law', () => {
  test('workspaces and rows are the same set', () => {
    const patterns = manifest('.').workspaces ?? [];
    const dirs = patterns.flatMap((pattern) =>
      pattern.endsWith('/*')
        ? readdirSync(join(root, dirname(pattern)))
            .map((name) => join(dirname(pattern), name))
            .filter((dir) => existsSync(join(root, dir, 'package.json')))
        : [pattern],
    );
    expect(dirs.toSorted()).toEqual(Object.keys(LAW).toSorted());
  });

  test.each(Object.entries(LAW))(
    '%s imports only what its row allows',
    (dir, { ours, node, third }) => {
      const declared = Object.keys(manifest(dir).dependencies ?? {});
      const allowed = [...ours.map((name) => `@countersign/${name}`), ...third];
      expect(declared.toSorted()).toEqual(allowed.toSorted());

      const src = join(root, dir, 'src');
      const unlawful = importsOf(dir).filter(({ file, to }) => {
        if (to.startsWith('.')) return !join(dirname(file), to).startsWith(`${src}/`);
        if (to.startsWith('node:')) return node !== true && file !== join(src, String(node));
        return to.endsWith('/testing') || !declared.includes(packageName(to));
      });
      expect(unlawful.map(({ file, to }) => `${relative(root, file)} → ${to}`)).toEqual([]);
    },
  );

  test('it saw imports at all', () => {
    expect(Object.keys(LAW).flatMap(importsOf).length).toBeGreaterThan(100);
  });
});

test('everything runs on Node 24', () => {
  expect(process.versions.node.split('.')[0]).toBe('24');
});
