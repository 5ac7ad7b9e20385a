import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createClient } from '@countersign/sdk';
import { freePort, makeWorld, ROOT, start, type Running, type World } from './world.ts';

/** Gateways on one ledger, each in a process of its own. */
export type Replicas = {
  /** The same people and agents, by way of each replica. */
  readonly at: readonly World[];
  readonly running: (Running | undefined)[];
  readonly start: (i: number, env?: Readonly<Record<string, string>>) => Promise<Running>;
  /** Ends one with a signal; resolves when it is gone. */
  readonly end: (i: number, signal: NodeJS.Signals) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

/** Makes the ledger and starts its gateways. `urls`: how each reaches the database. */
export async function startReplicas(
  urls: readonly string[],
  {
    limits = 'execution_timeout: 15m',
    schema = `e${Date.now()}`,
    more = '',
    dana = '',
  }: {
    readonly limits?: string;
    readonly schema?: string;
    readonly more?: string;
    readonly dana?: string;
  } = {},
): Promise<Replicas> {
  const database = `database: { url: 'env:DATABASE_URL', schema: ${schema} }\nkeys_dir: keys\n${more}`;
  const world = await makeWorld(limits, database, dana);
  await countersign(world, ['keys', 'init', join(world.folder, 'keys')]);
  const config = ['--config', join(world.folder, 'countersign.yaml')];
  await countersign(world, ['migrate', ...config], { DATABASE_URL: urls[0] ?? '' });
  const at = await Promise.all(
    urls.map(async (): Promise<World> => {
      const url = `http://127.0.0.1:${await freePort()}`;
      return { ...world, url, agent: createClient({ url, token: world.tokens.bot }) };
    }),
  );
  const running: (Running | undefined)[] = urls.map(() => undefined);
  const startOne: Replicas['start'] = async (i, env = {}) => {
    const here = at[i];
    if (!here) throw new RangeError(`there is no replica ${i}`);
    const started = await start(here, {
      env: {
        DATABASE_URL: urls[i] ?? '',
        COUNTERSIGN_LISTEN: new URL(here.url).host,
        COUNTERSIGN_DATA_DIR: join(world.folder, `data-${i}`),
        ...env,
      },
    });
    running[i] = started;
    return started;
  };
  const end: Replicas['end'] = async (i, signal) => {
    running[i]?.child.kill(signal);
    await running[i]?.gone;
  };
  await Promise.all(urls.map((_, i) => startOne(i)));
  return {
    at,
    running,
    start: startOne,
    end,
    stop: async () => void (await Promise.all(urls.map((_, i) => end(i, 'SIGTERM')))),
  };
}

/** Runs a command and fails as it does. */
function countersign(
  { folder }: World,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'cli/bin/countersign.js'), ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(said))));
  });
}
