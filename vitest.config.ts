import { defineConfig, type ViteUserConfig } from 'vitest/config';

// neither `import` nor `require`: which one holds depends on who asks, and here it would hold for both
const conditions = ['@countersign/source', 'node', 'default'];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['**/test/**/*.test.ts'],
    reporters: ['default', './test/summary.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // without the second V8 aborts now and then where many threads come and go (nodejs/node#64500)
    execArgv: ['--conditions=@countersign/source', '--no-memory-protection-keys'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

export default config;
