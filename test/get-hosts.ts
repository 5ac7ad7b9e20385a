// Installs what examples and adapter tests run against (examples/package-lock.json), unless it is there already.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../examples');
const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
const marker = join(folder, 'node_modules/.installed-lock');
const isThere = existsSync(marker) && readFileSync(marker, 'utf8') === lock;
if (!isThere) {
  const { status } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: folder,
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(marker, lock);
}
