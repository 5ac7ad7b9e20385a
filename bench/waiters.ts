import { quantile, type Figure } from './figure.ts';
import { makeBench, startGateway, stopGateway } from './gateway.ts';
import { openWire, requestOf } from './wire.ts';

const WAITERS = 1000;

/** From sending a vote until the waiting agent has its answer, with 1,000 agents waiting. */
export async function benchWaiters(): Promise<readonly Figure[]> {
  const bench = makeBench();
  const { child } = await startGateway(bench);
  const { agentToken, reviewerToken, port } = bench;
  try {
    const reviewer = await openWire(port);
    const ids = await Promise.all(
      Array.from({ length: WAITERS }, async (_, n) => {
        const wire = await openWire(port);
        const proposed = await wire.send(requestOf('POST', '/v1/actions', agentToken, exportOf(n)));
        const { id, approvalId } = JSON.parse(proposed.body) as { id: string; approvalId: string };
        return { wire, id, approvalId };
      }),
    );
    const answered = new Map<string, number>();
    const waits = ids.map(async ({ wire, id }) => {
      const { body } = await wire.send(requestOf('GET', `/v1/actions/${id}?wait=55`, agentToken));
      answered.set(id, performance.now());
      return (JSON.parse(body) as { state: string }).state;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const votedAt = new Map<string, number>();
    const pings: number[] = [];
    for (const { id, approvalId } of ids) {
      const pinged = performance.now();
      const page = await reviewer.send(
        requestOf('GET', `/v1/approvals/${approvalId}`, reviewerToken),
      );
      pings.push(performance.now() - pinged);
      const { version, seenDigest } = JSON.parse(page.body) as {
        version: number;
        seenDigest: string;
      };
      const vote = JSON.stringify({ choice: 'approve', version, seenDigest });
      votedAt.set(id, performance.now());
      const { status, body } = await reviewer.send(
        requestOf('POST', `/v1/approvals/${approvalId}/votes`, reviewerToken, vote),
      );
      if (status !== 200) throw new Error(`vote answered ${status}: ${body}`);
    }
    const states = await Promise.all(waits);
    if (states.some((state) => state !== 'approved')) throw new Error('a waiter was not released');
    const latencies = ids.map(
      ({ id }) => (answered.get(id) ?? Number.NaN) - (votedAt.get(id) ?? Number.NaN),
    );
    for (const { wire } of ids) wire.close();
    reviewer.close();
    const p99 = quantile(latencies, 0.99);
    return [
      {
        name: 'waiters/vote-to-answer-p99',
        value: p99,
        unit: 'ms',
        baseline: `reading the request page, p50: ${quantile(pings, 0.5).toFixed(2)} ms; p50 here ${quantile(latencies, 0.5).toFixed(2)} ms`,
        target: '≤ 25',
        ok: p99 <= 25,
      },
    ];
  } finally {
    await stopGateway(child, bench);
  }
}

const exportOf = (n: number): string =>
  JSON.stringify({
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', columns: ['id', 'company'], destination: `export-${n}.csv` },
  });
