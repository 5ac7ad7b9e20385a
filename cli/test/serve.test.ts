import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countersign, countersignJson, startBin, until } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.stop();
});
afterAll(() => world.remove());

const here = () => ({ cwd: world.folder });

test.each(['SIGTERM', 'SIGINT'] as const)(
  'runs from source until %s, and ends with 0',
  async (signal) => {
    const { child, ended } = startBin(['serve'], here());
    await until(
      async () => (await countersign(['approvals', 'list', '--as', 'dana'], here())).code === 0,
    );
    child.kill(signal);
    const { code, err } = await ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
  },
);

test('a configuration that is not in order is told with line, column and hint', async () => {
  const file = join(world.folder, 'broken.yaml');
  writeFileSync(file, 'listen: 127.0.0.1:1\nagentz: []\n');
  const { code, err } = await countersign(['serve', '--config', file], here());
  expect(code).toBe(1);
  expect(err).toMatch(/broken\.yaml:2:1: .*agentz/);
  const missing = await countersignJson(['serve', '--config', 'missing.yaml'], here());
  expect(missing).toMatchObject({ code: 1, json: { error: { code: 'config-refused' } } });
});
