#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);
const stripsTypes = major >= 24 || (major === 22 && minor >= 18);

if (!existsSync(built) && !stripsTypes) {
  process.stderr.write(
    `countersign-verify: not built, and Node ${process.versions.node} cannot run TypeScript; use Node 24 or build it\n`,
  );
  process.exitCode = 2;
} else {
  const { main } = await import(
    existsSync(built) ? built : new URL('../src/main.ts', import.meta.url)
  );
  process.exitCode = await main(process.argv.slice(2));
}
