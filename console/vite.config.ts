import { defineConfig, type UserConfig } from 'vite';

const gateway = process.env['COUNTERSIGN_GATEWAY'] ?? 'http://localhost:8088';
const proxied = { target: gateway, changeOrigin: true };

/** One page, one style sheet, hashed names; the worker keeps its name, because its address is its identity. */
const config: UserConfig = defineConfig({
  resolve: { conditions: ['@countersign/source', 'module', 'browser', 'production'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/worker.ts' },
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  // only while developing: the built console is served by the gateway itself
  server: { proxy: { '/v1': proxied, '/auth': proxied, '/ledger': proxied } },
});

export default config;
