import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { STEPS, type Fault, type How, type Step } from './fault.ts';
import { findDamage, toldBy } from './ledger-check.ts';
import { inFolder, runChild, type Ended } from './run-child.ts';

const HOWS: readonly How[] = ['fails', 'persisted', 'kill-before', 'kill-after'];
const steps = Object.keys(STEPS) as Step[];
const table = steps.flatMap((step) => HOWS.map((how) => ({ step, how })));

async function crash(root: string, fault: Fault): Promise<Ended> {
  const env = { TEST_FAULT: JSON.stringify(fault) };
  return runChild('./crash-child.ts', [join(root, 'data'), join(root, 'last-signed')], { env });
}

describe('crash table', () => {
  test.concurrent.each(table)(
    'R1 L19 L21 $step $how: nothing promised is lost',
    async ({ step, how }) => {
      await inFolder(async (root) => {
        const { code, signal, output, errors } = await crash(root, { step, how });
        const told = toldBy(output);
        const damage = await findDamage(join(root, 'data'), join(root, 'last-signed'), told);
        expect(damage, errors).toEqual([]);
        expect(told.acks.length).toBeGreaterThan(0);
        expect(told.heads.length).toBeGreaterThan(0);
        if (how.startsWith('kill')) expect(signal).toBe('SIGKILL');
        else if (step.startsWith('last-signed'))
          expect([code, output.split('unsigned').length]).toEqual([0, 2]);
        else {
          // poisoned: the failure is told, and nothing is acknowledged after it
          expect(code, errors).toBe(7);
          expect(output).toMatch(/\nfailed (disk-full|store-failed)\n$/);
        }
      });
    },
  );
  test('control: a commit that only claims to have happened is found out', async () => {
    await inFolder(async (root) => {
      const told = toldBy((await crash(root, { step: 'commit', how: 'lies' })).output);
      const folder = join(root, 'data');
      await expect(findDamage(folder, join(root, 'last-signed'), told)).rejects.toThrow(
        /the ledger has \d+ entries, but \d+ were signed/,
      );
      const damage = await findDamage(folder, join(root, 'no-last-signed'), told);
      expect(damage.filter((it) => it.startsWith('acknowledged entry'))).not.toEqual([]);
    });
  });
});
