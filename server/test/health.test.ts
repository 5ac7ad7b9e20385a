import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Health } from '@countersign/api';
import { instant, StoreFailure, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { createChecks } from '../src/checks.ts';
import { createFigures } from '../src/figures.ts';
import { createReporter } from '../src/followers/reporter.ts';
import { measuredStore } from '../src/measured.ts';
import { ledgerProbe } from '../src/probes.ts';
import { createTroubles } from '../src/troubles.ts';
import { READ, startGateway, type Fixture } from './gateway-fixture.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

let gateway: Fixture;
let given: string;
const config = (): string => join(gateway.folder, 'countersign.yaml');
const broken = (): string => join(gateway.folder, 'policies', 'zz.cedar');
beforeAll(async () => {
  gateway = await startGateway((folder) =>
    writeFileSync(join(folder, 'countersign.yaml'), 'metrics: { listen: 127.0.0.1:0 }\n', {
      flag: 'a',
    }),
  );
  given = readFileSync(config(), 'utf8');
});
afterAll(() => gateway.stop());

const readyz = () => gateway.call<Health>(undefined, 'GET', '/readyz');
async function untilStatus(status: Health['status']): Promise<Health> {
  for (;;) {
    const { body } = await readyz();
    if (body.status === status) return body;
    await pause(20);
  }
}
const metrics = async (): Promise<string> =>
  (await gateway.call<string>(undefined, 'GET', '/metrics')).body;

describe('degraded: what was in force stays, and it is said', () => {
  const cases = [
    {
      name: 'policy-reload',
      detail: 'policy-refused',
      breaks: () => writeFileSync(broken(), 'permit (principal, action'),
      mends: () => rmSync(broken()),
    },
    {
      name: 'config-reload',
      detail: 'config-refused',
      breaks: () => writeFileSync(config(), `${given}listn: 1\n`),
      mends: () => writeFileSync(config(), given),
    },
    {
      name: 'config-reload',
      detail: 'action-types-refused',
      breaks: () =>
        writeFileSync(join(gateway.folder, 'policies', 'actions.yaml'), 'nope: 1\n', { flag: 'a' }),
      mends: () => {
        const path = join(gateway.folder, 'policies', 'actions.yaml');
        writeFileSync(path, readFileSync(path, 'utf8').replace('nope: 1\n', ''));
      },
    },
  ];
  test.each(cases)('$name: $detail', async ({ name, detail, breaks, mends }) => {
    expect((await untilStatus('ready')).checks.every(({ status }) => status === 'ok')).toBe(true);
    breaks();
    const ill = await untilStatus('degraded');
    expect(ill.ready).toBe(true);
    expect((await readyz()).status).toBe(200);
    expect(ill.checks.find((check) => check.name === name)).toEqual({
      name,
      status: 'degraded',
      detail,
      since: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await metrics()).toContain(`countersign_trouble{name="${name}"} 1\n`);
    expect((await gateway.call('etl', 'POST', '/v1/actions', READ)).status).toBe(201);
    mends();
    await untilStatus('ready');
    expect(await metrics()).toContain(`countersign_trouble{name="${name}"} 0\n`);
  });
});

describe('the listener for scrapers', () => {
  const at = (path: string, method = 'GET'): Promise<Response> => {
    const port = /"metrics-listening","host":"127.0.0.1","port":(\d+)/.exec(gateway.logs())?.[1];
    return fetch(`http://127.0.0.1:${port}${path}`, { method });
  };
  test('answers metrics and health', async () => {
    expect(await (await at('/metrics')).text()).toMatch(/^countersign_ledger_reachable 1$/m);
    expect(await (await at('/readyz')).json()).toEqual((await readyz()).body);
    expect(await (await at('/healthz')).json()).toEqual({ ok: true });
    const head = await at('/metrics', 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
  test.each(['/v1/actions', '/ledger/checkpoint', '/openapi.json', '/', '/metrics/'])(
    'knows no %s',
    async (path) => {
      expect((await at(path)).status).toBe(404);
    },
  );
  test('takes nothing', async () => {
    expect((await at('/metrics', 'POST')).status).toBe(405);
  });
});

describe('down', () => {
  const parts = () => {
    const clock = () => instant(1_000);
    const inner = createMemoryStore({ clock });
    let isAway = false;
    const away = (): Promise<never> =>
      Promise.reject(new StoreFailure('unreachable', 'it is away', { retryable: true }));
    // the world below the store fails; the store itself is a real one
    const store: LedgerStore = {
      ...inner,
      append: (unit) => (isAway ? away() : inner.append(unit)),
      head: () => (isAway ? away() : inner.head()),
      count: (...asked) => (isAway ? away() : inner.count(...asked)),
    };
    const troubles = createTroubles(clock);
    const figures = createFigures({
      store,
      waiters: () => 0,
      policies: () => 0,
      recycled: () => 0,
      isReporter: () => true,
      replica: { replica: 'a', version: '0' },
    });
    return { store, troubles, figures, go: (to: boolean) => void (isAway = to) };
  };
  const unit = { stream: 's', expectedVersion: 0, entries: ['{}'] };

  test('R2 a ledger out of reach, with reason and time, until it answers again', async () => {
    const { store, troubles, figures, go } = parts();
    const measured = measuredStore(store, figures, troubles);
    const checks = createChecks([ledgerProbe({ failure: () => undefined, troubles, store })]);
    expect(await checks()).toMatchObject({ status: 'ready', ready: true });
    go(true);
    await expect(measured.append(unit)).rejects.toThrow('away');
    expect(await checks()).toEqual({
      status: 'down',
      ready: false,
      checks: [
        {
          name: 'ledger',
          status: 'down',
          detail: 'unreachable',
          since: '1970-01-01T00:00:01.000Z',
        },
      ],
    });
    const told = await figures.text();
    expect(told).toContain('countersign_append_failed_total{code="unreachable"} 1\n');
    // figures that need the database are left out; the others are told all the same
    expect(told).not.toMatch(/^countersign_pending_approvals \d/m);
    expect(told).toMatch(/^process_resident_memory_bytes \d/m);
    go(false);
    // nobody appended meanwhile: the look itself finds out
    expect(await checks()).toMatchObject({ status: 'ready' });
    expect((await measured.append(unit)).ok).toBe(true);
    figures.stop();
  });

  test('what the store says of its database counts, and what hangs is down', async () => {
    const { store, troubles, figures } = parts();
    const probe = (health: Parameters<typeof ledgerProbe>[0]['health']) =>
      createChecks([ledgerProbe({ failure: () => undefined, troubles, store, health })]);
    const late = { status: 'degraded', detail: 'news-by-polling' } as const;
    expect(await probe(() => Promise.resolve(late))()).toMatchObject({
      status: 'degraded',
      ready: true,
      checks: [{ detail: 'news-by-polling' }],
    });
    expect(await probe(() => new Promise(() => undefined))()).toMatchObject({
      status: 'down',
      checks: [{ detail: 'no-answer' }],
    });
    const fails = () => Promise.reject(new Error('password=hunter2'));
    expect(JSON.stringify(await probe(fails)())).not.toContain('hunter2');
    figures.stop();
  });
});

test('what is the same for all replicas is told by the one that holds the lease', async () => {
  const store = createMemoryStore({ clock: () => instant(0) });
  const ask = async (isHeld: boolean): Promise<string> => {
    const reporter = await createReporter({ hold: () => Promise.resolve(isHeld) });
    const figures = createFigures({
      store,
      waiters: () => 0,
      policies: () => 0,
      recycled: () => 0,
      isReporter: reporter.isReporter,
      replica: { replica: 'a', version: '0' },
    });
    const told = await figures.text();
    figures.stop();
    reporter.stop();
    return told;
  };
  expect(await ask(true)).toMatch(/^countersign_ledger_entries 0$/m);
  const other = await ask(false);
  expect(other).not.toMatch(/^countersign_ledger_entries \d/m);
  expect(other).not.toMatch(/^countersign_pending_approvals \d/m);
  expect(other).toMatch(/^countersign_waiters 0$/m);
});
