import { median, quantile, type Figure } from './figure.ts';
import { makeBench, startGateway, stopGateway, type Bench } from './gateway.ts';
import { openWire, requestOf, type Wire } from './wire.ts';

const STORED = 100_000;
const LEFT = 1_000;
const ROUNDS = 200;
const LINES = 16;

/** The inbox with 100,000 requests that wait, and with as many of which nearly all are decided. */
export async function benchInbox(): Promise<readonly Figure[]> {
  const bench = makeBench({ agents: 12 });
  const { child } = await startGateway(bench);
  try {
    const asked: string[] = [];
    await inParallel(bench, STORED, async (wire, n) => {
      const token = bench.agentTokens[n % bench.agentTokens.length] ?? '';
      const { status, body } = await wire.send(
        requestOf('POST', '/v1/actions', token, exportOf(n)),
      );
      if (status !== 202) throw new Error(`asking answered ${status}: ${body}`);
      asked[n] = (JSON.parse(body) as { id: string }).id;
    });
    const waiting = await measure(bench, 'pending');
    await inParallel(bench, STORED - LEFT, async (wire, n) => {
      const token = bench.agentTokens[n % bench.agentTokens.length] ?? '';
      const { status } = await wire.send(
        requestOf('POST', `/v1/actions/${asked[n]}/cancel`, token),
      );
      if (status !== 200) throw new Error(`cancelling answered ${status}`);
    });
    return [...waiting, ...(await measure(bench, 'stored'))];
  } finally {
    await stopGateway(child, bench);
  }
}

const exportOf = (n: number): string =>
  JSON.stringify({
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', columns: ['id', 'company'], destination: `file-${n}.csv` },
  });

async function inParallel(
  { port }: Bench,
  count: number,
  run: (wire: Wire, n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    const wire = await openWire(port);
    while (next < count) await run(wire, next++);
    wire.close();
  };
  await Promise.all(Array.from({ length: LINES }, work));
}

/** The questions a console asks, one after the other, beside the page of one request. */
async function measure(bench: Bench, when: string): Promise<readonly Figure[]> {
  const wire = await openWire(bench.port);
  const ask = async (path: string): Promise<readonly [ms: number, body: string]> => {
    const began = performance.now();
    const { status, body } = await wire.send(requestOf('GET', path, bench.reviewerToken));
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    return [performance.now() - began, body];
  };
  const [, first] = await ask('/v1/approvals?for=me');
  const { items } = JSON.parse(first) as { items: readonly { approvalId: string }[] };
  if (items.length !== 50) throw new Error(`a page of ${items.length}`);
  const timed = async (path: string): Promise<number[]> => {
    const took: number[] = [];
    for (let i = 0; i < ROUNDS; i++) took.push((await ask(path))[0]);
    return took;
  };
  const page = await timed(`/v1/approvals/${items[0]?.approvalId}`);
  const baseline = `reading one request page, p50: ${median(page).toFixed(2)} ms`;
  const figures: Figure[] = [];
  for (const [name, query] of QUESTIONS) {
    const took = await timed(`/v1/approvals?${query}`);
    const p50 = median(took);
    figures.push({
      name: `inbox/${name}-of-1e5-${when}`,
      value: p50,
      unit: 'ms',
      baseline: `${baseline}; p99 here ${quantile(took, 0.99).toFixed(1)} ms`,
      target: '≤ 10',
      ok: p50 <= 10,
    });
  }
  wire.close();
  return figures;
}

const QUESTIONS: readonly (readonly [name: string, query: string])[] = [
  ['for-me-p50', 'for=me'],
  ['filter-meets-nothing-p50', 'risk=critical'],
  ['other-agent-p50', 'agent=nobody'],
  ['decided-p50', 'state=decided'],
];
