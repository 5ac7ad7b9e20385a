import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@countersign/source', 'node', 'import', 'default'];

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
