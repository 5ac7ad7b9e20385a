import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { makeId, random } from '@countersign/core';
import { createPostgresStore } from '@countersign/store-postgres';
import { median, quantile, type Figure } from './figure.ts';
import { askFor, makeReplicas, sendAll, type Bench } from './replicas.ts';
import { openWire, requestOf, type Wire } from './wire.ts';

const WAITERS = 1_000;
const PENDING = 100_000;
const DUE = 1_000;

/** A vote at one replica, its waiter at another, with 1,000 waiters. */
export async function benchAcrossReplicas(): Promise<readonly Figure[]> {
  const bench = await makeReplicas({});
  try {
    await Promise.all([bench.start(0), bench.start(1)]);
    const [near = 0, far = 0] = bench.ports;
    const asked = await sendAll(bench, WAITERS, (n) => askFor(bench, n));
    const answered = new Map<string, number>();
    const waits = asked.map(async (body) => {
      const { id } = JSON.parse(body) as { id: string };
      const wire = await openWire(far);
      const { status } = await wire.send(
        requestOf('GET', `/v1/actions/${id}?wait=55`, bench.agents[0] ?? ''),
      );
      answered.set(id, performance.now());
      wire.close();
      return status;
    });
    await sleep(2_000);
    const voter = await openWire(near);
    const latencies: number[] = [];
    const pings: number[] = [];
    const votedAt = new Map<string, number>();
    for (const body of asked) {
      const { id, approvalId } = JSON.parse(body) as { id: string; approvalId: string };
      const pinged = performance.now();
      const vote = await voteOf(voter, bench.reviewer, approvalId);
      pings.push(performance.now() - pinged);
      votedAt.set(id, performance.now());
      const { status } = await voter.send(vote);
      if (status !== 200) throw new Error(`vote answered ${status}`);
    }
    if ((await Promise.all(waits)).some((status) => status !== 200))
      throw new Error('a waiter was not released');
    for (const [id, at] of votedAt) latencies.push((answered.get(id) ?? Number.NaN) - at);
    voter.close();
    const p99 = quantile(latencies, 0.99);
    return [
      {
        name: 'replicas/vote-to-waiter-p99',
        value: p99,
        unit: 'ms',
        baseline: `reading the request page, p50: ${median(pings).toFixed(2)} ms; p50 here ${median(latencies).toFixed(2)} ms`,
        target: '≤ 100',
        ok: p99 <= 100,
      },
    ];
  } finally {
    await bench.close();
  }
}

async function voteOf(wire: Wire, token: string, approvalId: string): Promise<string> {
  const page = await wire.send(requestOf('GET', `/v1/approvals/${approvalId}`, token));
  const { version, seenDigest } = JSON.parse(page.body) as { version: number; seenDigest: string };
  const body = JSON.stringify({ choice: 'approve', version, seenDigest });
  return requestOf('POST', `/v1/approvals/${approvalId}/votes`, token, body);
}

// whatever leaves for a place that begins with `soon` waits for a minute only
const SOON = `@id("bench-soon")
@review("Waits for a minute")
@approvers("data-owners") @quorum("1") @expires("1m")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "soon*" };
`;

/** 100,000 requests that wait: listing them, settling those whose time is over, starting beside them. */
export async function benchPending(): Promise<readonly Figure[]> {
  const bench = await makeReplicas({ agents: 12, policy: SOON });
  try {
    await Promise.all([bench.start(0), bench.start(1)]);
    const empty = await sizeOf(bench);
    await sendAll(bench, PENDING, (n) => askFor(bench, n));
    const bytes = (await sizeOf(bench)) - empty;
    const [port = 0] = bench.ports;
    const wire = await openWire(port);
    const listings: number[] = [];
    const pages: number[] = [];
    for (let i = 0; i < 200; i++) {
      const began = performance.now();
      const { status, body } = await wire.send(requestOf('GET', '/v1/approvals', bench.reviewer));
      listings.push(performance.now() - began);
      if (status !== 200) throw new Error(`listing answered ${status}`);
      const { items } = JSON.parse(body) as { items: readonly { approvalId: string }[] };
      if (items.length !== 50) throw new Error(`a page of ${items.length}`);
      const one = performance.now();
      await wire.send(requestOf('GET', `/v1/approvals/${items[0]?.approvalId}`, bench.reviewer));
      pages.push(performance.now() - one);
    }
    wire.close();
    const readies: number[] = [];
    for (let i = 0; i < 3; i++) {
      await bench.stop(1);
      readies.push(await bench.start(1));
    }
    const sweptMs = await sweep(bench);
    return [
      {
        name: 'pending/listing-p50',
        value: median(listings),
        unit: 'ms',
        baseline: `reading one request page, p50: ${median(pages).toFixed(2)} ms; p99 here ${quantile(listings, 0.99).toFixed(1)} ms`,
        target: '≤ 10',
        ok: median(listings) <= 10,
      },
      {
        name: 'pending/expiry-sweep',
        value: sweptMs,
        unit: 'ms',
        baseline: `${DUE} of ${PENDING} became due while no gateway ran; from the first to the last that is settled`,
        target: '≤ 1000',
        ok: sweptMs <= 1_000,
      },
      {
        name: 'pending/restart-to-ready',
        value: median(readies),
        unit: 'ms',
        baseline: null,
        target: '≤ 3000',
        ok: median(readies) <= 3_000,
      },
      {
        name: 'pending/disk-per-request',
        value: bytes / PENDING,
        unit: 'bytes',
        baseline: 'tables and indexes; a request that waits, sealed payload and view included',
        target: 'for sizing',
        ok: true,
      },
    ];
  } finally {
    await bench.close();
  }
}

/** Requests that become due while no gateway runs; how long the first one that starts takes from one end to the other. */
async function sweep(bench: Bench): Promise<number> {
  const { database, schema } = bench;
  await sendAll(bench, DUE, (n) => askFor(bench, n, `soon-${n}.csv`));
  await Promise.all([bench.stop(0), bench.stop(1)]);
  await sleep(61_000);
  await bench.start(0);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const expired = `FROM ${schema}.events WHERE convert_from(entry, 'UTF8')::json->>'type' = 'approval.expired'`;
  const at = "(convert_from(entry, 'UTF8')::json->>'at')::bigint";
  for (;;) {
    const { rows } = await client.query<{ n: number; took: string }>(
      `SELECT count(*)::int AS n, max(${at}) - min(${at}) AS took ${expired}`,
    );
    const [row] = rows;
    if (row?.n === DUE) {
      await client.end();
      return Number(row.took);
    }
    await sleep(100);
  }
}

const SMALL = 10_000;
const LARGE = 10_000_000;
const ACTIONS = 3_000;

/** What an action costs, proposed, redeemed and reported over HTTP, in a small ledger and in a large one. */
export async function benchGrowth(): Promise<readonly Figure[]> {
  const bench = await makeReplicas({});
  try {
    let bytes = 0;
    const cost = async (size: number): Promise<number> => {
      await fill(bench, size);
      await bench.start(0);
      await actions(bench, 500);
      const before = await sizeOf(bench);
      const rounds: number[] = [];
      for (let i = 0; i < 5; i++) {
        const began = performance.now();
        await actions(bench, ACTIONS / 5);
        rounds.push((performance.now() - began) / (ACTIONS / 5));
      }
      await bench.stop(0);
      bytes = (await sizeOf(bench)) - before;
      return median(rounds);
    };
    const early = await cost(SMALL);
    const late = await cost(LARGE);
    return [
      {
        name: 'replicas/cost-at-1e7',
        value: late,
        unit: 'ms/action',
        baseline: early,
        ratio: late / early,
        target: '≤ 1.25 × at 10⁴ entries',
        ok: late / early <= 1.25,
      },
      {
        name: 'replicas/disk-per-action',
        value: bytes / ACTIONS,
        unit: 'bytes',
        baseline:
          'tables and indexes; an allowed action, redeemed and reported, sealed payload included',
        target: 'for sizing',
        ok: true,
      },
    ];
  } finally {
    await bench.close();
  }
}

let filled = 0;

/** Whole lives of actions, 16 at a time. */
async function actions(bench: Bench, count: number): Promise<void> {
  const [port = 0] = bench.ports;
  const token = bench.agents[0] ?? '';
  let left = count;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      const wire = await openWire(port);
      while (left-- > 0) {
        const made = await wire.send(requestOf('POST', '/v1/actions', token, readOf(filled++)));
        const { id, grant } = JSON.parse(made.body) as { id: string; grant: string };
        const body = JSON.stringify({ grant });
        const redeemed = await wire.send(requestOf('POST', '/v1/grants/redeem', token, body));
        if (redeemed.status !== 200) throw new Error(`redeem answered ${redeemed.body}`);
        const report = JSON.stringify({ outcome: 'executed' });
        const told = await wire.send(requestOf('POST', `/v1/actions/${id}/outcome`, token, report));
        if (told.status !== 200) throw new Error(`report answered ${told.body}`);
      }
      wire.close();
    }),
  );
}

const readOf = (n: number): string =>
  JSON.stringify({
    type: 'sql.select',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', columns: ['id', 'company'], limit: 1 + (n % 5_000) },
  });

/** Brings the ledger to a size by its own store: streams of five entries, each settled. */
async function fill({ database, schema }: Bench, size: number): Promise<void> {
  const store = await createPostgresStore({ url: database.url, schema });
  let left = size - (await store.head()).size;
  const text = 'x'.repeat(270);
  await Promise.all(
    Array.from({ length: 128 }, async () => {
      while (left > 0) {
        left -= 5;
        const stream = makeId('act', store.clock(), random(16));
        const result = await store.append({
          stream,
          expectedVersion: 0,
          entries: Array.from({ length: 5 }, (_, n) => JSON.stringify({ v: 1, n, text })),
          standing: { state: 'executed', agent: 'bot-9', createdAt: store.clock() },
        });
        if (!result.ok) throw new Error(`refused: ${result.error.code}`);
      }
    }),
  );
  await store.close();
}

async function sizeOf({ database, schema }: Bench): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT sum(pg_total_relation_size(c.oid)) AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = $2',
    [schema, 'r'],
  );
  await client.end();
  return Number(rows[0]?.bytes);
}
