import { defineConfig } from 'vitest/config';

const conditions = ['@countersign/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['**/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    execArgv: ['--conditions=@countersign/source'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
