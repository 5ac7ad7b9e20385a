import { execFileSync } from 'node:child_process';
import { type Figure, median, quantile } from './figure.ts';
import { benchHeld } from './mcp-held.ts';
import { type Started, startCountersign, startProxy, startUpstream } from './mcp-places.ts';
import { openMcpWire } from './mcp-wire.ts';

const BLOCKS = 6;
const CALLS = 300;
const CALLERS = 16;
const SECONDS = 2;
const SIZES = { '64B': 64, '10kB': 10_000 } as const;

const PROXIES = ['mcp-proxy', 'supergateway'] as const;

type Name = 'direct' | 'mcp-proxy' | 'supergateway' | 'countersign';
type Size = keyof typeof SIZES;
type Samples = Record<Name, { readonly [size in Size]: number[] } & { perSecond: number[] }>;

/** Calls through the gateway, all allowed, beside the same calls without it and through others: one run, blocks in turn. */
export async function benchMcp(): Promise<readonly Figure[]> {
  const upstream = await startUpstream();
  const places: Partial<Record<Name, Started>> = { direct: upstream };
  try {
    for (const name of PROXIES) places[name] = await startProxy(name);
    const gateway = await startCountersign(upstream);
    places.countersign = gateway;
    const samples = await measure(places as Record<Name, Started>);
    return [...figuresOf(samples, commitMs()), ...(await benchHeld(gateway))];
  } finally {
    await Promise.all(Object.values(places).map(({ stop }) => stop()));
  }
}

const fresh = () => ({ '64B': [], '10kB': [], perSecond: [] });

async function measure(places: Record<Name, Started>): Promise<Samples> {
  const names = Object.keys(places) as Name[];
  const samples: Samples = {
    direct: fresh(),
    'mcp-proxy': fresh(),
    supergateway: fresh(),
    countersign: fresh(),
  };
  for (const name of names) await oneByOne(places[name], 64, CALLS); // warm
  for (let block = 0; block < BLOCKS; block++)
    for (const name of rotated(names, block)) {
      for (const size of Object.keys(SIZES) as Size[])
        samples[name][size].push(...(await oneByOne(places[name], SIZES[size], CALLS)));
      if (block % 2 === 0) samples[name].perSecond.push(await together(places[name]));
    }
  return samples;
}

const rotated = <T>(list: readonly T[], by: number): readonly T[] => {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
};

let n = 0;
/** Words of a size, never the same twice. */
const words = (bytes: number): string => `${++n} `.padEnd(bytes, 'lorem ipsum dolor sit amet ');

async function oneByOne(place: Started, bytes: number, calls: number): Promise<number[]> {
  const wire = await openMcpWire(place);
  const samples: number[] = [];
  for (let i = 0; i < calls; i++) {
    const text = words(bytes);
    const at = performance.now();
    await wire.call('echo', text);
    samples.push(performance.now() - at);
  }
  wire.close();
  return samples;
}

/** Calls a second of many callers. */
async function together(place: Started): Promise<number> {
  const wires = await Promise.all(Array.from({ length: CALLERS }, () => openMcpWire(place)));
  const startedAt = performance.now();
  const until = startedAt + SECONDS * 1000;
  let count = 0;
  await Promise.all(
    wires.map(async (wire) => {
      for (; performance.now() < until; count++) await wire.call('echo', words(64));
    }),
  );
  const perSecond = (count / (performance.now() - startedAt)) * 1000;
  for (const wire of wires) wire.close();
  return perSecond;
}

const COMMIT = new URL('./mcp-commit.ts', import.meta.url).pathname;

/** Median in ms of the unit that is durable before an allowed call runs, by the same store, alone. */
const commitMs = (): number =>
  Number(
    execFileSync(process.execPath, ['--conditions=@countersign/source', COMMIT], {
      encoding: 'utf8',
    }),
  );

const others = (what: (name: Name) => string): string =>
  `direct ${what('direct')}, mcp-proxy ${what('mcp-proxy')}, supergateway ${what('supergateway')}`;

function figuresOf(samples: Samples, commit: number): readonly Figure[] {
  const p50 = (name: Name, size: Size): number => median(samples[name][size]);
  const shown = (size: Size) => others((name) => `${p50(name, size).toFixed(2)} ms`);
  const added = (size: Size, target: number): Figure => {
    const value = p50('countersign', size) - p50('direct', size);
    return {
      name: `mcp/allowed-${size}-added-p50`,
      value,
      unit: 'ms',
      baseline: `${shown(size)}, Countersign ${p50('countersign', size).toFixed(2)} ms; p99 here ${quantile(samples.countersign[size], 0.99).toFixed(1)} ms, direct ${quantile(samples.direct[size], 0.99).toFixed(1)} ms`,
      target: `≤ ${target} without the durable commit of ${commit.toFixed(2)} ms: ${(value - commit).toFixed(2)}`,
      ok: value - commit <= target,
    };
  };
  const perSecond = (name: Name): number => median(samples[name].perSecond);
  return [
    added('64B', 0.7),
    added('10kB', 1.2),
    {
      name: 'mcp/allowed-16-callers',
      value: perSecond('countersign'),
      unit: 'calls/s',
      baseline: others((name) => `${Math.round(perSecond(name))}/s`),
      ratio: perSecond('countersign') / perSecond('direct'),
      target: '≥ 1500, and more than either proxy',
      ok: perSecond('countersign') >= Math.max(1500, ...PROXIES.map(perSecond)),
    },
    {
      name: 'mcp/durable-commit-p50',
      value: commit,
      unit: 'ms',
      baseline: 'the entries of one allowed call, appended by the same store alone',
      target: 'for the two above',
      ok: true,
    },
  ];
}
