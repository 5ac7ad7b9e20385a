#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('../src/main.ts', import.meta.url);

/**
 * Starts over in the same process with settings that only hold from the start: fewer memory arenas for the threads of
 * a gateway, and compiled sources kept in a folder that only the owner of this checkout writes. Saves 40 MB.
 */
function startOverLean() {
  if (process.platform !== 'linux' || process.env.MALLOC_ARENA_MAX || !process.execve) return;
  const cache = fileURLToPath(new URL('../../node_modules/.cache/countersign', import.meta.url));
  process.execve(
    process.execPath,
    [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    {
      ...process.env,
      MALLOC_ARENA_MAX: '1',
      MALLOC_TRIM_THRESHOLD_: '65536',
      ...(existsSync(source)
        ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache }
        : {}),
    },
  );
}

/** Hosts of hooks take every exit code but 2 for "go ahead": their entry answers, whatever Node this is. */
const isHook =
  process.argv[2] === 'hook' &&
  /^[a-z]+(?:-code)?$/.test(process.argv[3] ?? '') &&
  !['install', 'uninstall', 'resume'].includes(process.argv[3]) &&
  !process.argv.includes('--help');

if (isHook) {
  process.argv.splice(2, 1);
  await import('./countersign-hook.cjs');
} else if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `countersign: Node ${process.versions.node} is too old; run it with \`npx countersign\` where \`npm ci\` put Node 24, or have Node 24 or newer on the PATH\n`,
  );
  process.exitCode = 2;
} else {
  if (process.argv[2] === 'serve') startOverLean();
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
