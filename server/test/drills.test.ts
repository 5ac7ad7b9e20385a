import { expect, test } from 'vitest';
import { instant } from '@countersign/core';
import { openOffice, review, must } from '../../core/test/office.ts';
import type { Config } from '../src/config/config.ts';
import { dueDrills } from '../src/drill-times.ts';
import { openDrills } from '../src/drills.ts';

const drills: Config['drills'] = {
  agent: 'data-bot',
  perWeek: 3,
  templates: [
    {
      id: 'all-of-it',
      type: 'crm.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: { table: 'everything' },
      say: 'as usual',
    },
  ],
};

/** Two gateways over one ledger, either of which may hold the lease. */
function twoGateways(office: ReturnType<typeof openOffice>, config: Partial<Config>) {
  const told: string[] = [];
  const log = {
    warn: (message: string) => void told.push(message),
    error: (message: string) => void told.push(message),
  };
  const { parts: all, gatekeeper } = office;
  // The times of drills follow from the key: by chance two of a week may fall together and be one.
  const parts = { ...all, secrets: { ...all.secrets, masterKey: new Uint8Array(32).fill(7) } };
  const open = () =>
    openDrills({
      config: () => ({ timeZone: 'UTC', ...config }) as Config,
      parts,
      gatekeeper,
      leases: { hold: async () => true },
      log,
    });
  return { one: open(), other: open(), told };
}

const waiting = async ({ store }: ReturnType<typeof openOffice>) =>
  store.find({ states: ['pending'], limit: 10 });

test('EV-19: one that is due is asked once, however often and by however many gateways it is found', async () => {
  const office = openOffice(review());
  const { one, other, told } = twoGateways(office, { drills });
  const minute = 60_000;
  const DAY = 24 * 60 * minute;
  office.clock.advance(DAY - (office.clock() % DAY));
  while (new Date(office.clock()).getUTCDay() !== 1) office.clock.advance(DAY);
  let asked = 0;
  for (let i = 0; i < 7 * 24 * 6; i++) {
    office.clock.advance(10 * minute);
    // oxlint-disable-next-line no-await-in-loop -- time goes on
    await Promise.all([one.tick(), other.tick()]);
    // oxlint-disable-next-line no-await-in-loop -- likewise
    const found = await waiting(office);
    asked += found.length;
    expect(found.length).toBeLessThan(2);
    // oxlint-disable-next-line no-await-in-loop -- likewise
    for (const { stream } of found) must(await office.gatekeeper.cancel(stream as never, 'mona'));
  }
  expect(asked).toBe(3);
  expect(told).toEqual([]);
  one.stop();
  other.stop();
});

test('nothing is asked without drills, and what no gate understands is told and not asked', async () => {
  const office = openOffice(review());
  const none = twoGateways(office, {});
  await none.one.tick();
  expect(await none.one.run('mona')).toEqual({ ok: false, error: { code: 'drills-off' } });
  const secret = new Uint8Array(32);
  expect(dueDrills(instant(0), { perWeek: 0, timeZone: 'UTC', secret })).toEqual([]);
  const [template] = drills.templates;
  const wrong = { ...drills, templates: template ? [{ ...template, type: 'no.such' }] : [] };
  const { one } = twoGateways(office, { drills: wrong });
  const asked = await one.run('mona', 'all-of-it');
  expect(asked.ok || asked.error.code).toBe('unknown-action-type');
  expect(await waiting(office)).toEqual([]);
});
