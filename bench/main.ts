// npm run bench -- [--json] [--write] [NAME…]: every figure, or those whose group or name contains one of the words.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figure } from './figure.ts';

const GROUPS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  decide: async () => (await import('../policy/bench/decide.ts')).benchDecide(),
  append: async () => (await import('../stores/sqlite/bench/append.ts')).benchAppend(),
  verify: async () => (await import('../verify/bench/ledger.ts')).benchVerify(),
  channels: async () => (await import('./channels.ts')).benchChannels(),
  passkey: async () => (await import('./passkey.ts')).benchPasskey(),
  http: async () => (await import('./http.ts')).benchHttp(),
  waiters: async () => (await import('./waiters.ts')).benchWaiters(),
  postgres: async () =>
    (await import('../stores/postgres/bench/append.ts')).benchReplicatedAppend(),
  replicas: async () => (await import('./replicated.ts')).benchAcrossReplicas(),
  pending: async () => (await import('./replicated.ts')).benchPending(),
  growth: async () => (await import('./replicated.ts')).benchGrowth(),
  console: async () => (await import('./console.ts')).benchConsole(),
  inbox: async () => (await import('./inbox.ts')).benchInbox(),
  mcp: async () => (await import('./mcp.ts')).benchMcp(),
  database: async () => (await import('./database.ts')).benchDatabase(),
  idle: async () => (await import('./idle.ts')).benchIdle(),
  detectors: async () => (await import('./detectors.ts')).benchDetectors(),
  masking: async () => (await import('./masking.ts')).benchMasking(),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean' } },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.help) {
  print(`npm run bench -- [--json] [--write] [NAME…]\nnames: ${Object.keys(GROUPS).join(' ')}`);
  process.exit(0);
}

const unknown = positionals.filter((name) => !Object.hasOwn(GROUPS, name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such figures: ${unknown.join(' ')}; known: ${Object.keys(GROUPS).join(' ')}\n`,
  );
  process.exit(2);
}

const baselineOf = ({ baseline }: Pick<Figure, 'baseline'>): string | number =>
  typeof baseline === 'number' ? round(baseline) : (baseline ?? 'an absolute goal');
const round = (value: number): number => Number(value.toPrecision(4));
const wanted = positionals.length > 0 ? positionals : Object.keys(GROUPS);
const figures: Figure[] = [];
for (const name of wanted)
  for (const figure of (await GROUPS[name]?.()) ?? []) {
    const shown = {
      ...figure,
      value: round(figure.value),
      ...(figure.ratio === undefined ? {} : { ratio: round(figure.ratio) }),
    };
    figures.push(shown);
    print(
      values.json
        ? JSON.stringify(shown)
        : `${shown.ok ? 'ok  ' : 'MISS'} ${shown.name}: ${shown.value} ${shown.unit} (target ${shown.target}; ${baselineOf(shown)}${shown.ratio === undefined ? '' : `, ratio ${shown.ratio}`})`,
    );
  }

const RESULTS = new URL('RESULTS.md', import.meta.url);
if (values.write) writeFileSync(RESULTS, resultsOf(figures));
// workers of a measured part may still be about
process.exit(figures.every(({ ok }) => ok) ? 0 : 1);

function nameOf(row: string): string {
  return row.split(' | ')[0] ?? '';
}

function resultsOf(all: readonly Figure[]): string {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  const machine = `${cpus().length} × ${cpu}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const rows = all.map(
    ({ name, value, unit, baseline, ratio, target, ok }) =>
      `| ${name} | ${value} ${unit} | ${baselineOf({ baseline })} | ${ratio ?? ''} | ${target} | ${ok ? 'yes' : '**no**'} |`,
  );
  const known = readFileSync(RESULTS, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| figure |'));
  const fresh = new Map(rows.map((row) => [nameOf(row), row]));
  // figures of another run stay where only some were measured again; all of a run are compared with its own baselines
  const added = rows.filter((row) => !known.some((one) => nameOf(one) === nameOf(row)));
  const replaced = known.map((row) => fresh.get(nameOf(row)) ?? row);
  const kept = positionals.length > 0 ? [...replaced, ...added] : rows;
  return [
    '# Measured',
    '',
    `\`npm run bench -- --write\` on ${machine}; shared cores, so read the ratios.`,
    '',
    '| figure | value | baseline, same run | ratio | target | met |',
    '|---|---|---|---|---|---|',
    ...kept,
    '',
  ].join('\n');
}
