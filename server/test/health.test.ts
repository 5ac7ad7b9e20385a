import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Health } from '@countersign/api';
import { instant, StoreFailure, type Instant, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { createChecks, type Finding } from '../src/checks.ts';
import { createFigures } from '../src/figures.ts';
import { createReporter } from '../src/followers/reporter.ts';
import { measuredStore } from '../src/measured.ts';
import { ledgerProbe } from '../src/probes.ts';
import { createTroubles, type Troubles } from '../src/troubles.ts';
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

const at = (path: string, method = 'GET'): Promise<Response> => {
  const port = /"metrics-listening","host":"127.0.0.1","port":(\d+)/.exec(gateway.logs())?.[1];
  return fetch(`http://127.0.0.1:${port}${path}`, { method });
};

describe('the listener for scrapers', () => {
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

const clock = (): Instant => instant(1_000);
const away = (): Promise<never> =>
  Promise.reject(new StoreFailure('unreachable', 'it is away', { retryable: true }));
const polling = async () => ({ status: 'degraded', detail: 'news-lost' }) as const;
const tells = (): Promise<never> => Promise.reject(new Error('password=hunter2'));

/** A real store whose database goes away and comes back. */
function standing() {
  const inner = createMemoryStore({ clock });
  let isAway = false;
  const store: LedgerStore = {
    ...inner,
    append: (unit) => (isAway ? away() : inner.append(unit)),
    head: () => (isAway ? away() : inner.head()),
    count: (...asked) => (isAway ? away() : inner.count(...asked)),
  };
  const troubles = createTroubles(clock);
  const figures = figuresOf(store, () => true);
  onTestFinished(figures.stop);
  return { store, troubles, figures, go: (to: boolean) => void (isAway = to) };
}
const figuresOf = (store: LedgerStore, isReporter: () => boolean) =>
  createFigures({
    store,
    waiters: () => 0,
    policies: () => 0,
    recycled: () => 0,
    isReporter,
    replica: { replica: 'a', version: '0' },
  });
const checksOf = (troubles: Troubles, health: () => Promise<Finding>) =>
  createChecks([ledgerProbe({ failure: () => undefined, troubles, health })]);

describe('down', () => {
  const unit = { stream: 's', expectedVersion: 0, entries: ['{}'] };

  test('R2 a ledger out of reach, with reason and time, until it answers again', async () => {
    const { store, troubles, figures, go } = standing();
    const measured = measuredStore(store, figures, troubles);
    const checks = checksOf(troubles, async () =>
      store.head().then(
        () => ({ status: 'ok' }),
        ({ code }: StoreFailure) => ({ status: 'down', detail: code }),
      ),
    );
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
  });

  test('what the store says of its database counts, and what hangs is down', async () => {
    const { troubles } = standing();
    expect(await checksOf(troubles, polling)()).toMatchObject({
      status: 'degraded',
      ready: true,
      checks: [{ detail: 'news-lost' }],
    });
    expect(await checksOf(troubles, () => new Promise(() => undefined))()).toMatchObject({
      status: 'down',
      checks: [{ detail: 'no-answer' }],
    });
  });
  test('ATTACKER: an error says nothing to strangers but a code', async () => {
    const told = await checksOf(standing().troubles, tells)();
    expect(told.checks).toEqual([{ name: 'ledger', status: 'down', detail: 'failed' }]);
  });
});

test('what is the same for all replicas is told by the one that holds the lease', async () => {
  const { store } = standing();
  const ask = async (isHeld: boolean): Promise<string> => {
    const reporter = await createReporter({ hold: () => Promise.resolve(isHeld) });
    const figures = figuresOf(store, reporter.isReporter);
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
