import { readFileSync } from 'node:fs';
import {
  pgbench,
  run,
  startDirect,
  startGate,
  startPooler,
  type Place,
} from './database-places.ts';
import { type Figure, median } from './figure.ts';

const ROUNDS = 5;
const SECONDS = 2;
/** A gateway is compiled by what runs often in it. */
const WARM_SECONDS = 6;
/** Ticks of `/proc/PID/stat` a second. */
const TICKS = 100;

type Name = 'direct' | 'pgbouncer' | 'countersign';
type Load = { readonly clients: number; readonly mode: 'simple' | 'prepared' };
type Sample = { readonly perSecond: number; readonly cpuMicros: number };

const LOADS: readonly Load[] = [
  { clients: 8, mode: 'simple' },
  { clients: 32, mode: 'simple' },
  { clients: 8, mode: 'prepared' },
];

/** Point selects through the gate, every one judged and counted in the ledger, beside pgbouncer and none at all: blocks in turn. */
export async function benchDatabase(): Promise<readonly Figure[]> {
  const direct = await startDirect();
  const places: Partial<Record<Name, Place>> = { direct };
  try {
    places.pgbouncer = await startPooler(direct);
    places.countersign = await startGate(direct);
    const all = places as Record<Name, Place>;
    for (const place of Object.values(all))
      for (const load of LOADS) measure(place, load, WARM_SECONDS / LOADS.length);
    return LOADS.flatMap((load) => figuresOf(load, samplesOf(all, load)));
  } finally {
    for (const { stop } of Object.values(places).toReversed()) await stop();
  }
}

function samplesOf(places: Record<Name, Place>, load: Load): Record<Name, Sample[]> {
  const samples: Record<Name, Sample[]> = { direct: [], pgbouncer: [], countersign: [] };
  const names = Object.keys(samples) as Name[];
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length] ?? 'direct';
      samples[name].push(measure(places[name], load, SECONDS));
    }
  return samples;
}

/** Statements a second, and what one costs beside connecting, which costs the same however long a client stays. */
function measure(place: Place, load: Load, seconds: number): Sample {
  const long = drive(place, load, ['-T', String(seconds)]);
  if (place.pid === undefined) return { perSecond: long.perSecond, cpuMicros: 0 };
  const short = drive(place, load, ['-t', '1']);
  const ticks = long.ticks - short.ticks;
  return {
    perSecond: long.perSecond,
    cpuMicros: ((ticks / TICKS) * 1e6) / (long.done - short.done),
  };
}

function drive(
  { port, user, database, password, pid }: Place,
  { clients, mode }: Load,
  how: readonly string[],
) {
  const before = cpuTicks(pid);
  const words = ['-n', '-S', '-M', mode, '-c', String(clients), '-j', '1', ...how];
  const where = ['-h', '127.0.0.1', '-p', String(port), '-U', user, database];
  const told = run(
    pgbench(),
    [...words, ...where],
    password === undefined ? {} : { PGPASSWORD: password },
  );
  const done = Number(/actually processed: (\d+)/.exec(told)?.[1]);
  const perSecond = Number(/tps = ([\d.]+)/.exec(told)?.[1]);
  return { perSecond, done, ticks: cpuTicks(pid) - before };
}

/** Processor time of a process and its threads so far. */
function cpuTicks(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function figuresOf({ clients, mode }: Load, samples: Record<Name, Sample[]>): readonly Figure[] {
  const perSecond = (name: Name): number => median(samples[name].map((one) => one.perSecond));
  const cpu = (name: Name): number => median(samples[name].map((one) => one.cpuMicros));
  const name = `database/select-${mode}-${clients}`;
  const [gate, pooler] = [perSecond('countersign'), perSecond('pgbouncer')];
  return [
    {
      name,
      value: gate,
      unit: 'statements/s',
      baseline: `pgbouncer ${Math.round(pooler)}, direct ${Math.round(perSecond('direct'))}`,
      ratio: gate / pooler,
      target: '>= 0.85 of pgbouncer',
      ok: gate >= 0.85 * pooler,
    },
    {
      name: `${name}-cpu`,
      value: cpu('countersign'),
      unit: 'µs/statement',
      baseline: `pgbouncer ${cpu('pgbouncer').toFixed(1)}`,
      ratio: cpu('countersign') / cpu('pgbouncer'),
      target: '<= 2 x pgbouncer',
      ok: cpu('countersign') <= 2 * cpu('pgbouncer'),
    },
  ];
}
