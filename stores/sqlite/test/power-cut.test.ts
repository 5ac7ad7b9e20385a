import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findDamage, toldBy, type Told } from './ledger-check.ts';
import { inFolder, runChild } from './run-child.ts';

const SOURCE = fileURLToPath(new URL('./power-cut.c', import.meta.url));
const ROUNDS = Number(process.env['COUNTERSIGN_CRASH_ROUNDS'] ?? 4);
const BLOCK = 4_096;

const canCompile = ((): boolean => {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const isRequired = process.env['COUNTERSIGN_REQUIRE_POWER_CUT'] === '1';

/** What the unsynced part of a file became: gone, or each block by chance there or not. */
type Mode = 'cut' | 'torn';
type Chance = () => number;

/** Numbers in [0, 1) that a seed repeats. */
function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function torn(synced: Buffer, unsynced: Buffer, chance: Chance): Buffer {
  const [shorter, longer] = [synced.length, unsynced.length].toSorted((a, b) => a - b);
  const length = (shorter ?? 0) + Math.floor(chance() * ((longer ?? 0) - (shorter ?? 0) + 1));
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; at += BLOCK) {
    const from = chance() < 0.5 ? synced : unsynced;
    from.copy(out, at, at, Math.min(at + BLOCK, length));
  }
  return out;
}

/** Leaves in the live folder what a disk would have after the power came back. */
function cutPower(live: string, platter: string, mode: Mode, chance: Chance): void {
  for (const name of readdirSync(live, { recursive: true, encoding: 'utf8' })) {
    const path = join(live, name);
    if (name === 'data') continue;
    const copy = join(platter, name.replaceAll('/', '%'));
    const synced = existsSync(copy) ? readFileSync(copy) : Buffer.alloc(0);
    if (name.endsWith('-shm')) rmSync(path);
    else writeFileSync(path, mode === 'cut' ? synced : torn(synced, readFileSync(path), chance));
  }
}

/** Builds that disk, empty. */
function makeDisk(root: string): {
  readonly live: string;
  readonly platter: string;
  readonly env: Env;
} {
  const [live, platter, library] = [
    join(root, 'live'),
    join(root, 'platter'),
    join(root, 'disk.so'),
  ];
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl', '-lpthread']);
  for (const folder of [live, platter, join(live, 'data')]) mkdirSync(folder);
  return {
    live,
    platter,
    env: { LD_PRELOAD: library, POWER_CUT_LIVE: live, POWER_CUT_PLATTER: platter },
  };
}
type Env = Readonly<Record<string, string>>;

/** Runs the appender on that disk until it acknowledged enough, kills it, cuts the power. */
async function runUntilCut(
  root: string,
  mode: Mode,
  seed: number,
  pragmas?: string,
): Promise<{ readonly folder: string; readonly lastSigned: string; readonly told: Told }> {
  const { live, platter, env } = makeDisk(root);
  const chance = chanceOf(seed);
  const enough = 100 + Math.floor(chance() * 4_000);
  const [folder, lastSigned] = [join(live, 'data'), join(live, 'last-signed')];
  const { output, signal, errors } = await runChild(
    './crash-child.ts',
    [folder, lastSigned, '9999'],
    {
      env: {
        ...env,
        ...(pragmas !== undefined && { TEST_PRAGMAS: pragmas }),
      },
      killWhen: (text) => text.split('\nack').length > enough,
    },
  );
  expect(signal, errors).toBe('SIGKILL');
  const told = toldBy(output);
  expect(told.acks.length).toBeGreaterThanOrEqual(100);
  expect(told.heads.length).toBeGreaterThan(0);
  expect(readdirSync(platter)).toContain('data%ledger.db-wal');
  cutPower(live, platter, mode, chance);
  return { folder, lastSigned, told };
}

const suite = canCompile || isRequired ? describe : describe.skip;
suite('power cut (needs Linux and `cc`)', () => {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
  test.each(rounds)(
    'R1 L19 only synced bytes survive, round %i: nothing promised is lost',
    async (round) => {
      await inFolder(async (root) => {
        const { folder, lastSigned, told } = await runUntilCut(root, 'cut', 1_000 + round);
        expect(await findDamage(folder, lastSigned, told)).toEqual([]);
      });
    },
  );
  test.each(rounds)(
    'R1 L19 unsynced blocks survive by chance, round %i: nothing is lost',
    async (round) => {
      await inFolder(async (root) => {
        const { folder, lastSigned, told } = await runUntilCut(root, 'torn', 2_000 + round);
        expect(await findDamage(folder, lastSigned, told)).toEqual([]);
      });
    },
  );
  test.each([100_000, 1_500_000, 6_000_000])(
    'R2 the disk is full after %i bytes: a clear failure, and nothing promised is lost',
    async (bytes) => {
      await inFolder(async (root) => {
        const { live, env } = makeDisk(root);
        const [folder, lastSigned] = [join(live, 'data'), join(live, 'last-signed')];
        const ended = await runChild('./crash-child.ts', [folder, lastSigned, '9999'], {
          env: { ...env, POWER_CUT_SPACE: String(bytes) },
        });
        expect(ended.code, ended.errors).not.toBe(0);
        expect(ended.output + ended.errors).toMatch(/disk-full/);
        expect(ended.output).not.toContain('late');
        if (bytes > 1_000_000) expect(toldBy(ended.output).acks.length).toBeGreaterThan(500);
        expect(await findDamage(folder, lastSigned, toldBy(ended.output))).toEqual([]);
      });
    },
  );
  test('control: with synchronous=NORMAL the same cut loses acknowledged entries', async () => {
    await inFolder(async (root) => {
      const pragmas = 'PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 100000';
      const { folder, lastSigned, told } = await runUntilCut(root, 'cut', 3_000, pragmas);
      await expect(findDamage(folder, lastSigned, told)).rejects.toMatchObject({
        code: 'rolled-back',
      });
      const damage = await findDamage(folder, join(root, 'none'), told);
      expect(damage.filter((it) => it.startsWith('acknowledged entry'))).not.toEqual([]);
    });
  });
});
