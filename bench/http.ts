import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, quantile, type Figure } from './figure.ts';
import { makeBench, startGateway, stopGateway, type Bench } from './gateway.ts';
import { openWire, requestOf, type Wire } from './wire.ts';

const SECONDS = 6;
const AGENTS = 64;

/** Allowed actions over HTTP, durable before the answer: at 64 agents and at one. */
export async function benchHttp(): Promise<readonly Figure[]> {
  const slow = await onSlowDisk();
  return [...(await onThisDisk()), ...(slow ? [slow] : [])];
}

async function onThisDisk(): Promise<readonly Figure[]> {
  const commitMs = oneCommit();
  const bare = await withBareServer((port) =>
    load(port, AGENTS, () => requestOf('POST', '/', 'x', actionOf(0))),
  );
  const bench = makeBench();
  const { child } = await startGateway(bench);
  try {
    const next = nextOf(bench);
    await load(bench.port, AGENTS, next, 2);
    const many = await load(bench.port, AGENTS, next);
    const one = await load(bench.port, 1, next, 3);
    const p50 = median(one.latencies);
    return [
      {
        name: 'http/allowed-64-agents',
        value: many.perSecond,
        unit: 'actions/s',
        baseline: `bare node:http, same client: ${Math.round(bare.perSecond)}/s`,
        ratio: many.perSecond / bare.perSecond,
        target: '≥ 3000',
        ok: many.perSecond >= 3000,
      },
      {
        name: 'http/allowed-64-agents-p50',
        value: median(many.latencies),
        unit: 'ms',
        baseline: `bare node:http, same client: ${median(bare.latencies).toFixed(2)} ms; p99 here ${quantile(many.latencies, 0.99).toFixed(1)} ms`,
        target: '≤ 25',
        ok: median(many.latencies) <= 25,
      },
      {
        name: 'http/allowed-1-agent-p50',
        value: p50,
        unit: 'ms',
        baseline: `one fsync'd SQLite commit: ${commitMs.toFixed(3)} ms`,
        ratio: p50 / commitMs,
        target: 'ratio ≤ 3',
        ok: p50 / commitMs <= 3,
      },
    ];
  } finally {
    await stopGateway(child, bench);
  }
}

/** Ever new actions of the bench's agent. */
function nextOf({ agentToken }: Bench): () => string {
  let n = 0;
  return () => requestOf('POST', '/v1/actions', agentToken, actionOf(++n));
}

const actionOf = (n: number): string =>
  JSON.stringify({
    type: 'sql.select',
    resource: { type: 'Database', id: 'crm' },
    arguments: {
      table: 'customers',
      columns: ['id', 'company', 'plan'],
      limit: 1 + (n % 5000),
      purpose: `report ${n}`,
    },
  });

type Load = { readonly perSecond: number; readonly latencies: number[] };

async function load(
  port: number,
  agents: number,
  next: () => string,
  seconds = SECONDS,
): Promise<Load> {
  const latencies: number[] = [];
  const until = performance.now() + seconds * 1000;
  const work = async (wire: Wire): Promise<void> => {
    while (performance.now() < until) {
      const sent = performance.now();
      const { status, body } = await wire.send(next());
      if (status !== 200 && status !== 201) throw new Error(`answered ${status}: ${body}`);
      latencies.push(performance.now() - sent);
    }
  };
  const wires = await Promise.all(Array.from({ length: agents }, () => openWire(port)));
  const startedAt = performance.now();
  await Promise.all(wires.map(work));
  const perSecond = (latencies.length / (performance.now() - startedAt)) * 1000;
  for (const wire of wires) wire.close();
  return { perSecond, latencies };
}

const COMMIT = new URL('./one-commit.ts', import.meta.url).pathname;

/** Median in ms of one durable commit of one row, as the gateway's own disk gives it. */
const oneCommit = (env: Readonly<Record<string, string>> = {}): number =>
  Number(
    execFileSync(process.execPath, [COMMIT], { env: { ...process.env, ...env }, encoding: 'utf8' }),
  );

/** One agent on a disk that takes a millisecond more for each sync, as most disks do; undefined without a C compiler. */
async function onSlowDisk(): Promise<Figure | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const library = join(folder, 'slow.so');
  const source = new URL('../stores/sqlite/test/power-cut.c', import.meta.url).pathname;
  const compiled = spawnSync('cc', [
    '-shared',
    '-fPIC',
    '-O2',
    '-o',
    library,
    source,
    '-ldl',
    '-lpthread',
  ]);
  if (compiled.status !== 0) return undefined;
  const slow = { LD_PRELOAD: library, POWER_CUT_DELAY_US: '1000' };
  const commitMs = oneCommit(slow);
  const bench = makeBench();
  const { child } = await startGateway(bench, slow);
  try {
    const { latencies } = await load(bench.port, 1, nextOf(bench), 3);
    const p50 = median(latencies);
    return {
      name: 'http/allowed-1-agent-p50-slow-disk',
      value: p50,
      unit: 'ms',
      baseline: `one fsync'd SQLite commit with 1 ms more per sync: ${commitMs.toFixed(3)} ms`,
      ratio: p50 / commitMs,
      target: 'ratio ≤ 3',
      ok: p50 / commitMs <= 3,
    };
  } finally {
    await stopGateway(child, bench);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withBareServer<T>(use: (port: number) => Promise<T>): Promise<T> {
  const answer = JSON.stringify({ state: 'allowed' });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': answer.length,
      });
      response.end(answer);
    });
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    }),
  );
  try {
    return await use(port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
