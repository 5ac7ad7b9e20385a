import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A disk that can be filled and emptied, below one folder, for processes started with `env`. */
export type Disk = {
  readonly env: Readonly<Record<string, string>>;
  readonly fill: (isFull: boolean) => void;
  readonly remove: () => void;
};

/** Builds it for the files below `folder`. Throws without a C compiler. */
export function createDisk(folder: string): Disk {
  // readable by whoever runs the database
  const place = mkdtempSync(join(tmpdir(), 'countersign-lab-disk-'));
  chmodSync(place, 0o755);
  const library = join(place, 'full-disk.so');
  const source = fileURLToPath(new URL('./full-disk.c', import.meta.url));
  const words = ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'];
  const built = spawnSync('cc', words, { encoding: 'utf8' });
  if (built.status !== 0)
    throw new Error(
      `a full disk needs a C compiler (\`cc\`) on Linux: ${built.stderr ?? built.error}`,
    );
  const flag = join(place, 'full');
  return {
    env: { LD_PRELOAD: library, LAB_DISK_FULL: flag, LAB_DISK_FOLDER: folder },
    fill: (isFull) => {
      if (isFull) writeFileSync(flag, '');
      else if (existsSync(flag)) rmSync(flag);
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}
