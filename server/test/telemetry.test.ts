import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActionStatus, Health, ReleasedAction } from '@countersign/api';
import { spanIdOf, traceIdOf } from '../src/telemetry/ids.ts';
import { startCollector, type Collector, type ReceivedSpan } from './collector.ts';
import { exportTo, held, READ, startGateway, vote, type Fixture } from './gateway-fixture.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(20);
  }
}

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SECRET = 'very-private-destination';
const CLAIM = 'because hunter2 said so';

let collector: Collector;
let gateway: Fixture;
beforeAll(async () => {
  collector = await startCollector();
  gateway = await startGateway((folder) => {
    const more = `telemetry: { endpoint: '${collector.url}', interval: 1s }\n`;
    writeFileSync(join(folder, 'countersign.yaml'), more, { flag: 'a' });
  });
});
afterAll(async () => {
  await gateway.stop();
  await collector.close();
});

const traceOf = (action: string): readonly ReceivedSpan[] =>
  collector.spans.filter(({ traceId }) => traceId === traceIdOf(action));
/** The trace of an action, once its root has arrived. */
const whole = (action: string): Promise<readonly ReceivedSpan[]> =>
  until(() =>
    traceOf(action).some(({ name }) => name === 'action') ? traceOf(action) : undefined,
  );
const metricsText = async (): Promise<string> =>
  (await gateway.call<string>(undefined, 'GET', '/metrics')).body;
const health = async (): Promise<Health> =>
  (await gateway.call<Health>(undefined, 'GET', '/readyz')).body;

describe('one trace per action', () => {
  let action: string;
  test('proposal, vote, execution: across restarts, with the right parents', async () => {
    const { body: asked } = await gateway.call<ActionStatus>(
      'etl',
      'POST',
      '/v1/actions',
      { ...exportTo(`s3://${SECRET}`), claim: CLAIM },
      { traceparent: CALLER },
    );
    action = asked.id;
    await gateway.restart();
    const { body: page } = await gateway.call<{ version: number; seenDigest: string }>(
      'rita',
      'GET',
      `/v1/approvals/${asked.approvalId}`,
    );
    await gateway.call('rita', 'POST', `/v1/approvals/${asked.approvalId}/votes`, {
      choice: 'approve',
      version: page.version,
      seenDigest: page.seenDigest,
    });
    await gateway.restart();
    const { body: approved } = await gateway.call<ActionStatus>(
      'etl',
      'GET',
      `/v1/actions/${action}`,
    );
    const redeemed = await gateway.call<ReleasedAction>('etl', 'POST', '/v1/grants/redeem', {
      grant: approved.grant,
    });
    expect(redeemed.status).toBe(200);
    await gateway.restart();
    await gateway.call('etl', 'POST', `/v1/actions/${action}/outcome`, {
      outcome: 'executed',
      summary: `wrote to ${SECRET}`,
    });
    const spans = await whole(action);
    const root = spanIdOf(action, 'action');
    const parents = Object.fromEntries(spans.map((one) => [one.name, one.parentSpanId]));
    expect(parents).toEqual({
      action: undefined,
      judge: root,
      waiting: root,
      vote: spanIdOf(action, 'waiting'),
      execution: root,
    });
    expect(spans).toHaveLength(5);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(5);
    expect(spans.find(({ name }) => name === 'waiting')?.spanId).toBe(spanIdOf(action, 'waiting'));
    expect(spans.find(({ name }) => name === 'judge')?.links).toMatchObject([
      { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' },
    ]);
  });

  test('times are those of the ledger: each span within the action', async () => {
    const spans = await whole(action);
    const root = spans.find(({ name }) => name === 'action');
    for (const one of spans) {
      expect(BigInt(one.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(one.startTimeUnixNano));
      expect(BigInt(one.startTimeUnixNano)).toBeGreaterThanOrEqual(
        BigInt(root?.startTimeUnixNano ?? 0),
      );
      expect(BigInt(one.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root?.endTimeUnixNano ?? 0));
    }
  });

  test('R9: ids, types, codes and digests; never arguments, claims, summaries or people', async () => {
    const [judge] = (await whole(action)).filter(({ name }) => name === 'judge');
    expect(judge?.attributes).toMatchObject({
      'countersign.action.id': action,
      'countersign.action.type': 'sql.export',
      'countersign.verdict': 'review',
      'countersign.code': 'needs-review',
      'countersign.policy.digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    for (const hidden of [SECRET, CLAIM, 'hunter2', 'customers', 'rita', 'olga'])
      expect(collector.raw()).not.toContain(hidden);
  });

  test('an action that policy allowed has no wait, one that people deny no execution', async () => {
    const { body: read } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
    await gateway.call('etl', 'POST', '/v1/grants/redeem', { grant: read.grant });
    await gateway.call('etl', 'POST', `/v1/actions/${read.id}/outcome`, { outcome: 'failed' });
    const asked = await held(gateway, 's3://denied');
    await vote(gateway, 'rita', asked, 'deny');
    const ran = await whole(read.id);
    expect(ran.map(({ name }) => name).toSorted()).toEqual(['action', 'execution', 'judge']);
    expect(ran.filter(({ status }) => status.code === 2).map(({ name }) => name)).toEqual([
      'execution',
      'action',
    ]);
    const denied = await whole(asked.status.id);
    expect(denied.map(({ name }) => name).toSorted()).toEqual([
      'action',
      'judge',
      'vote',
      'waiting',
    ]);
    expect(denied.every(({ status }) => status.code === 0)).toBe(true);
  });
});

test('metrics are those Prometheus reads', async () => {
  const names = [...(await metricsText()).matchAll(/^# TYPE (\w+) \w+$/gm)].map(([, name]) => name);
  await until(() => collector.metrics.get('countersign_spans_sent_total'));
  await until(() => collector.metrics.get('countersign_approval_wait_seconds'));
  for (const name of collector.metrics.keys()) expect(names).toContain(name);
  const verdicts = collector.metrics.get('countersign_decisions_total')?.sum?.dataPoints ?? [];
  expect(verdicts.map(({ attributes }) => attributes['verdict'])).toContain('allow');
  const took = collector.metrics.get('countersign_decide_duration_seconds')?.histogram;
  const [point] = took?.dataPoints ?? [];
  expect(point?.bucketCounts.reduce((a, b) => a + b, 0)).toBe(point?.count);
  expect(collector.metrics.get('countersign_ledger_entries')?.gauge?.dataPoints).toHaveLength(1);
  for (const one of collector.resources)
    expect(one).toMatchObject({ 'service.name': 'countersign', 'service.version': '0.1.0' });
  expect(new Set(collector.resources.map((one) => one['service.instance.id'])).size).toBe(4);
});

test('everything that came was OTLP to the letter', () => {
  expect(collector.misfits).toEqual([]);
});

test('a collector that refuses, hangs or is gone costs spans, and nothing else', async () => {
  const port = Number(new URL(collector.url).port);
  collector.mode = 'refuses';
  const lost = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
  expect(lost.body.state).toBe('allowed');
  const ill = await until(async () => {
    const found = await health();
    return found.status === 'degraded' ? found : undefined;
  });
  expect(ill).toMatchObject({
    ready: true,
    checks: expect.arrayContaining([
      { name: 'telemetry', status: 'degraded', detail: 'not-sent', since: expect.any(String) },
    ]),
  });
  await until(async () =>
    /^countersign_spans_dropped_total\{reason="refused"\} [1-9]/m.test(await metricsText())
      ? true
      : undefined,
  );
  collector.mode = 'hangs';
  await pause(1_100);
  const began = performance.now();
  for (let i = 0; i < 20; i++)
    expect((await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ)).status).toBe(201);
  expect(performance.now() - began).toBeLessThan(4_000); // one attempt of the exporter takes five seconds
  await collector.close();
  const { spans } = collector;
  collector = await startCollector(port);
  const last = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
  await until(() => traceOf(last.body.id).find(({ name }) => name === 'judge'));
  await until(async () => ((await health()).status === 'ready' ? true : undefined));
  expect(traceOf(lost.body.id)).toEqual([]);
  expect(spans.some(({ traceId }) => traceId === traceIdOf(lost.body.id))).toBe(false);
  expect(gateway.logs().match(/"telemetry-failed"/g)).toHaveLength(1);
  expect(gateway.logs().match(/"telemetry-recovered"/g)).toHaveLength(1);
});
