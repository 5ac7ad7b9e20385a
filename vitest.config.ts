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
    execArgv: ['--conditions=@countersign/source'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

export default config;
