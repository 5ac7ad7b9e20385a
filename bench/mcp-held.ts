import { type Figure, quantile } from './figure.ts';
import { rssOf } from './gateway.ts';
import { type McpWire, openMcpWire } from './mcp-wire.ts';
import type { startCountersign } from './mcp-places.ts';
import { openWire, requestOf } from './wire.ts';

const HELD = 1_000;
const AT_ONCE = 50;

type Gateway = Awaited<ReturnType<typeof startCountersign>>;
type Listed = {
  readonly items: readonly { readonly approvalId: string }[];
  readonly next?: string;
};

const wait = (ms: number): Promise<unknown> => new Promise((later) => setTimeout(later, ms));

/** Ids of all requests that wait. */
async function pendingOf({ bench }: Gateway): Promise<readonly string[]> {
  const wire = await openWire(bench.port);
  const ids: string[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    const query = `?state=pending&limit=100${next === '' ? '' : `&before=${next}`}`;
    const { status, body } = await wire.send(
      requestOf('GET', `/v1/approvals${query}`, bench.reviewerToken),
    );
    if (status !== 200) throw new Error(`the list answered ${status}: ${body}`);
    const page = JSON.parse(body) as Listed;
    ids.push(...page.items.map(({ approvalId }) => approvalId));
    next = page.next;
  }
  wire.close();
  return ids;
}

/** Memory of the gateway when it is at rest. */
async function restingRss(pid: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < 10; i++) {
    await wait(300);
    samples.push(rssOf(pid));
  }
  return quantile(samples, 0.5);
}

/** A thousand calls that wait for people: what each costs, and how soon it goes on after the vote. */
export async function benchHeld(gateway: Gateway): Promise<readonly Figure[]> {
  const wires: McpWire[] = [];
  while (wires.length < HELD)
    wires.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => openMcpWire(gateway)))));
  // the first thousand make the heap as large as asking, judging and voting want it; the second is looked at
  await holdAll(gateway, wires, 'first');
  const before = await restingRss(gateway.pid);
  const { held, latencies } = await holdAll(gateway, wires, 'second');
  for (const wire of wires) wire.close();
  const p99 = quantile(latencies, 0.99);
  const each = ((held - before) * 1024) / HELD;
  return [
    {
      name: 'mcp/held-call-rss',
      value: each,
      unit: 'kB',
      baseline: `the gateway with ${HELD} sessions and connections at rest: ${before.toFixed(0)} MB; with a call of each held: ${held.toFixed(0)} MB`,
      target: '≤ 60',
      ok: each <= 60,
    },
    {
      name: 'mcp/vote-to-released-p99',
      value: p99,
      unit: 'ms',
      baseline: `p50 here ${quantile(latencies, 0.5).toFixed(2)} ms; from sending the vote to the tool's result at the agent`,
      target: '≤ 50',
      ok: p99 <= 50,
    },
  ];
}

/** Holds a call on every connection, and lets people approve one after the other. */
async function holdAll(
  gateway: Gateway,
  wires: readonly McpWire[],
  round: string,
): Promise<{ readonly held: number; readonly latencies: number[] }> {
  const releasedAt = new Map<string, number>();
  const calls = Promise.all(
    wires.map(async (wire, n) => {
      const words = `${round} ${n}`;
      const body = await wire.call('held', words, { progressToken: n });
      const at = performance.now();
      const id = /apr_[0-9A-Za-z]+/.exec(body)?.[0];
      if (!body.includes(`"${words}"`) || id === undefined)
        throw new Error(`a held call answered ${body.slice(-500)}`);
      releasedAt.set(id, at);
    }),
  );
  // what failed first is told, not what failed because of it
  calls.catch(() => undefined);
  let ids = await pendingOf(gateway);
  while (ids.length < HELD) {
    await wait(200);
    ids = await pendingOf(gateway);
  }
  const held = await restingRss(gateway.pid);
  const votedAt = await voteAll(gateway, ids);
  await calls;
  const latencies = [...votedAt].map(([id, at]) => (releasedAt.get(id) ?? Number.NaN) - at);
  return { held, latencies };
}

async function voteAll({ bench }: Gateway, ids: readonly string[]): Promise<Map<string, number>> {
  const reviewer = await openWire(bench.port);
  const votedAt = new Map<string, number>();
  for (const id of ids) {
    const page = await reviewer.send(requestOf('GET', `/v1/approvals/${id}`, bench.reviewerToken));
    const { version, seenDigest } = JSON.parse(page.body) as {
      version: number;
      seenDigest: string;
    };
    const vote = JSON.stringify({ choice: 'approve', version, seenDigest });
    votedAt.set(id, performance.now());
    const { status, body } = await reviewer.send(
      requestOf('POST', `/v1/approvals/${id}/votes`, bench.reviewerToken, vote),
    );
    if (status !== 200) throw new Error(`vote answered ${status}: ${body}`);
  }
  reviewer.close();
  return votedAt;
}
