import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ActionStatus, Problem } from '@countersign/api';
import { held, READ, startGateway, vote, type Fixture, type Name } from './gateway-fixture.ts';

let gateway: Fixture;
let given: string;
const path = (): string => join(gateway.folder, 'countersign.yaml');
beforeAll(async () => {
  gateway = await startGateway();
  given = readFileSync(path(), 'utf8');
});
beforeEach(() => turn(''));
afterAll(() => gateway.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const refusals = (): number => gateway.logs().split('"config-refused"').length;
const reloads = (): number => gateway.logs().split('"config-in-force"').length;

/** Writes the switch into the configuration file of the running gateway; resolves once it is in force. */
async function turn(killSwitch: string): Promise<void> {
  const next = given + killSwitch;
  if (readFileSync(path(), 'utf8') === next) return;
  const before = reloads();
  writeFileSync(path(), next);
  while (reloads() === before) await pause(10);
}

const propose = async (name: Name): Promise<ActionStatus> =>
  (await gateway.call<ActionStatus>(name, 'POST', '/v1/actions', READ)).body;
const redeem = (name: Name, grant: string | undefined) =>
  gateway.call<Problem>(name, 'POST', '/v1/grants/redeem', { grant });
const stateOf = async (name: Name, id: string): Promise<ActionStatus> =>
  (await gateway.call<ActionStatus>(name, 'GET', `/v1/actions/${id}`)).body;

const ONE = 'kill_switch: { agents: [etl] }\n';
const ALL = 'kill_switch: { all: true }\n';

test('R2 one agent: nothing of it is taken or released, others go on', async () => {
  const earlier = await propose('etl');
  const others = await propose('other');
  expect([earlier.state, others.state]).toEqual(['allowed', 'allowed']);
  await turn(ONE);
  expect(await propose('etl')).toMatchObject({ state: 'denied', code: 'kill-switch' });
  const refused = await redeem('etl', earlier.grant);
  expect([refused.status, refused.body.code]).toEqual([403, 'refused']);
  expect(await stateOf('etl', earlier.id)).toMatchObject({ state: 'refused' });
  expect((await redeem('other', others.grant)).status).toBe(200);
  expect(await propose('other')).toMatchObject({ state: 'allowed' });
});

test.each([
  ['one agent', ONE],
  ['all agents', ALL],
])('R6 %s: what people approved before does not run either', async (_, killSwitch) => {
  const asked = await held(gateway, `s3://approved/${killSwitch.length}`);
  const waiting = await held(gateway, `s3://waiting/${killSwitch.length}`);
  expect((await vote(gateway, 'rita', asked)).body.status.state).toBe('approved');
  const { grant } = await stateOf('etl', asked.status.id);
  await turn(killSwitch);
  expect((await redeem('etl', grant)).body.code).toBe('refused');
  // people may still answer; policy is asked again before anything runs
  expect((await vote(gateway, 'rita', waiting)).status).toBe(200);
  const late = await stateOf('etl', waiting.status.id);
  expect((await redeem('etl', late.grant)).body.code).toBe('refused');
});

test('all agents at once; turned off, new actions run and refused ones stay refused', async () => {
  const grants = { etl: await propose('etl'), other: await propose('other') };
  await turn(ALL);
  for (const name of ['etl', 'other'] as const) {
    expect(await propose(name)).toMatchObject({ state: 'denied', code: 'kill-switch' });
    expect((await redeem(name, grants[name].grant)).body.code).toBe('refused');
  }
  await turn('');
  for (const name of ['etl', 'other'] as const) {
    const again = await propose(name);
    expect(again.state).toBe('allowed');
    expect((await redeem(name, again.grant)).status).toBe(200);
    expect((await redeem(name, grants[name].grant)).status).toBe(409);
  }
});

test('R2 a switch that names nobody is refused and changes nothing', async () => {
  await turn(ONE);
  const before = refusals();
  writeFileSync(path(), `${given}kill_switch: { agents: [elt] }\n`);
  while (refusals() === before) await pause(10);
  expect(await propose('etl')).toMatchObject({ state: 'denied', code: 'kill-switch' });
});

test('it holds from the first action after a restart', async () => {
  const earlier = await propose('etl');
  await turn(ONE);
  await gateway.restart();
  expect((await redeem('etl', earlier.grant)).body.code).toBe('refused');
  expect(await propose('etl')).toMatchObject({ state: 'denied', code: 'kill-switch' });
});
