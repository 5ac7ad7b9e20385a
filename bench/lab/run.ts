import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { check, type Checked } from './check.ts';
import { createChance } from './chance.ts';
import { createDatabase, type Database } from './database.ts';
import { strikeAll } from './faults.ts';
import { figuresOf, type Figures } from './figures.ts';
import { makeInstallation, ROOT, type Installation } from './installation.ts';
import { createLoad } from './load.ts';
import { entriesOf, mirrorLedger } from './mirror.ts';
import { createNotes, type Notes } from './notes.ts';
import { freePorts } from './ports.ts';
import { createDisk, type Disk } from './preload.ts';
import { createProxy, type Proxy } from './proxy.ts';
import { createReplica, type Replica } from './replica.ts';
import type { Scenario } from './scenario.ts';
import { planFaults } from './schedule.ts';
import type { Violation } from './violation.ts';
import { startWatch } from './watch.ts';
import { createWire } from './wire.ts';

const run = promisify(execFile);

/** How a run ended. */
export type Outcome = {
  readonly figures: Figures;
  readonly faults: number;
  readonly violations: readonly Violation[];
  /** Logs, journal and ledger; kept where something was wrong. */
  readonly folder: string;
};

/** Plays a scenario from start to verdict: load and faults, then everything is put right and the ledger is checked. */
export async function play(
  scenario: Scenario,
  seed: string,
  say: (line: string) => void,
): Promise<Outcome> {
  await using open = new AsyncDisposableStack();
  const interrupt = (): void => void open.disposeAsync().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  const chance = createChance(seed);
  const stage = await setUp(scenario, open);
  const { installation, replicas, notes, database, disk, proxies } = stage;
  const wires = replicas.map(({ port }) => createWire(port));
  open.defer(() => wires.forEach((wire) => wire.close()));
  const trust = readFileSync(join(installation.folder, 'replica-1/data/trust.txt'), 'utf8');
  const watch = startWatch(replicas, trust.split(/\s/)[1] ?? '', notes);
  const load = createLoad({ installation, scenario, wires, chance, notes });

  say(`${replicas.length} replicas are ready in ${installation.folder}`);
  const from = Date.now();
  const planned = planFaults(scenario, chance.fork('faults'));
  const field = { replicas, proxies, database, disk, probe: load.probe, notes };
  const [struck] = await Promise.all([
    strikeAll(field, planned),
    load.live(from + scenario.minutes * 60_000),
  ]);
  const seconds = (Date.now() - from) / 1_000;
  say(`${notes.acts.size} kinds of acts, ${struck.length} faults are over; reading the ledger`);
  await settle(replicas, notes);
  await watch.stop();

  const checked = await judge(stage, { scenario, trust, from });
  const violations = [...notes.watched, ...checked.violations];
  const figures = figuresOf(notes, {
    ...checked,
    seconds,
    struck,
    skipped: planned.length - struck.length,
    exits: replicas.reduce((sum, { exits }) => sum + exits(), 0),
    memoryMb: watch.memory(),
    diskMb: sizeOf(database?.folder ?? join(installation.folder, 'replica-1/data')) / 2 ** 20,
  });
  await open.disposeAsync();
  if (violations.length === 0) rmSync(installation.folder, { recursive: true, force: true });
  return { figures, faults: struck.length, violations, folder: installation.folder };
}

type Stage = {
  readonly installation: Installation;
  readonly replicas: readonly Replica[];
  readonly proxies: readonly Proxy[];
  readonly database: Database | undefined;
  readonly disk: Disk | undefined;
  readonly notes: Notes;
};

/** Database, proxies, replicas, in this order; closed in reverse. */
async function setUp(scenario: Scenario, open: AsyncDisposableStack): Promise<Stage> {
  const hasFullDisk = scenario.faults.some(({ kind }) => kind === 'full-disk');
  const database = scenario.store === 'postgres' ? await createDatabase(hasFullDisk) : undefined;
  if (database) open.defer(database.remove);
  const proxies = database
    ? await Promise.all(Array.from({ length: scenario.replicas }, () => createProxy(database.port)))
    : [];
  for (const proxy of proxies) open.defer(proxy.close);
  const ports = await freePorts(scenario.replicas);
  const installation = makeInstallation(scenario, ports);
  const notes = createNotes(join(installation.folder, 'journal.jsonl'));
  open.defer(notes.close);
  const disk =
    hasFullDisk && !database ? createDisk(join(installation.folder, 'replica-1/data')) : undefined;
  if (disk) open.defer(disk.remove);
  const urlOf = (port: number): Readonly<Record<string, string>> =>
    database ? { COUNTERSIGN_DATABASE_URL: database.urlAt(port) } : {};
  await countersign(['keys', 'init', join(installation.folder, 'keys')]);
  if (database)
    await countersign(['migrate', '--config', installation.configOf(0)], urlOf(database.port));
  const replicas = ports.map((port, i) =>
    createReplica({
      name: `replica-${i + 1}`,
      port,
      configPath: installation.configOf(i),
      env: {
        ...disk?.env,
        ...skewed(scenario.skew[i] ?? 0),
        ...urlOf(proxies[i]?.port ?? 0),
      },
    }),
  );
  for (const replica of replicas) open.defer(replica.stop);
  await Promise.all(replicas.map(({ start }) => start()));
  return { installation, replicas, proxies, database, disk, notes };
}

const BIN = join(ROOT, 'cli/bin/countersign.js');

/** What an operator does before the first start. */
const countersign = async (
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> =>
  void (await run(process.execPath, [BIN, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  }));

const CLOCK = join(ROOT, 'test/e2e/skewed-clock.mjs');
const skewed = (ms: number): Readonly<Record<string, string>> =>
  ms === 0 ? {} : { NODE_OPTIONS: `--import=${CLOCK}`, SKEW_MS: String(ms) };

const SETTLE_MS = 3_000;
const BACK_MS = 60_000;

/** Everything is whole again: every replica must come back by itself. */
async function settle(replicas: readonly Replica[], notes: Notes): Promise<void> {
  for (const replica of replicas) {
    const until = Date.now() + BACK_MS;
    let isBack = await replica.isReady();
    for (; !isBack && Date.now() < until; isBack = await replica.isReady()) await sleep(100);
    if (isBack) continue;
    const detail = `not ready ${BACK_MS / 1000} s after the last fault`;
    notes.violation({ rule: 'replica-not-back', seqs: [], ids: [replica.name], detail });
  }
  await sleep(SETTLE_MS);
}

/** The ledger, read through a replica that survived and verified, against the rules and everything that was noted. */
async function judge(
  { installation, replicas, notes }: Stage,
  {
    scenario,
    trust,
    from,
  }: { readonly scenario: Scenario; readonly trust: string; readonly from: number },
): Promise<Checked> {
  const folder = join(installation.folder, 'ledger');
  for (const replica of replicas) {
    if (!(await replica.isReady())) continue;
    const unverified = (detail: string): void =>
      notes.violation({ rule: 'ledger-unverified', seqs: [], ids: [replica.name], detail });
    try {
      const url = `http://127.0.0.1:${replica.port}/ledger`;
      const { checkpoint } = await mirrorLedger(url, trust, folder, unverified);
      const { size } = checkpoint;
      return check(entriesOf(folder, size), {
        acks: notes.acks,
        head: { size, root: Buffer.from(checkpoint.root).toString('base64') },
        checkpoints: notes.checkpoints,
        window: { from, to: Date.now() },
        outages: notes.outages,
        limits: { mostPending: scenario.pending, lateMs: scenario.late, strayMs: STRAY_MS },
      });
    } catch (error) {
      unverified(error instanceof Error ? error.message : String(error));
    }
  }
  if (notes.watched.every(({ rule }) => rule !== 'ledger-unverified'))
    notes.violation({
      rule: 'ledger-unverified',
      seqs: [],
      ids: [],
      detail: 'no replica is there to read it from',
    });
  return { entries: 0, actions: 0, violations: [], lateness: [] };
}

/** Longer than a replica stands still, far shorter than clocks are wrong by. */
const STRAY_MS = 60_000;

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  return bytes;
}
