import { defineConfig, type ViteUserConfig } from 'vitest/config';

// neither `import` nor `require`: which one holds depends on who asks, and here it would hold for both
const conditions = ['@countersign/source', 'node', 'default'];

/** Files that compare how long things take, or have limits on it: each runs with the machine to itself. */
const ALONE = [
  'bench/lab/test/proxy.test.ts',
  'core/test/masking-rules.test.ts',
  'gates/exec/test/evasion.test.ts',
  'server/test/http-wait.test.ts',
  'server/test/telemetry.test.ts',
  'stores/postgres/test/faults.test.ts',
  'test/e2e/observed.test.ts',
  'test/e2e/replicas.test.ts',
  'test/mcp/conformance.test.ts',
];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    reporters: ['default', './test/summary.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // without the second V8 aborts now and then where many threads come and go (nodejs/node#64500)
    execArgv: ['--conditions=@countersign/source', '--no-memory-protection-keys'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'beside',
          include: ['**/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...ALONE],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

export default config;
