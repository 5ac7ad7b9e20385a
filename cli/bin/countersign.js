#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `countersign: Node ${process.versions.node} is too old; it needs Node 24 or newer\n`,
  );
  process.exitCode = 2;
} else {
  const source = new URL('../src/main.ts', import.meta.url);
  if (existsSync(source)) {
    const { registerHooks } = await import('node:module');
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, {
          ...context,
          conditions: [...context.conditions, '@countersign/source'],
        }),
    });
    await import(source.href);
  } else await import('../dist/main.js');
}
