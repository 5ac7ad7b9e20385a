import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSecrets } from '../src/secrets.ts';
import { PATH } from './stand.ts';

const environment = { PATH, TOKEN: 'from-environment', SHORT: 'abc' };

test('R9: secrets are looked up by reference', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'exec-')), 'secret');
  await writeFile(file, 'from-file\n');
  expect(
    await resolveSecrets(
      { A: 'env:TOKEN', B: `file:${file}`, C: 'exec:printf %s from-command' },
      environment,
    ),
  ).toEqual({ A: 'from-environment', B: 'from-file', C: 'from-command' });
});

describe('R2: what cannot be looked up stops the run, and no text tells a value', () => {
  test.each([
    ['hunter2hunter2', 'must be a reference'],
    ['env:GONE', 'is not set'],
    ['env:SHORT', 'shorter than 4'],
    ['file:/nowhere/x', 'could not be read'],
    ['exec:false', 'its command ended with 1'],
    ['exec:no-such-program-here', 'could not be asked for'],
    ['exec:head -c 70000 /dev/zero', ''],
  ])('%s', async (reference, text) => {
    const failed = resolveSecrets({ KEY: reference }, environment);
    await expect(failed).rejects.toMatchObject({
      code: 'bad-secret',
      message: expect.stringContaining(text),
    });
    await expect(failed).rejects.not.toMatchObject({
      message: expect.stringMatching(/hunter2|abc/),
    });
  });
});
