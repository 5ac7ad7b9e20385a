import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Failure } from '../command.ts';
import type { Io } from '../io.ts';
import { startDatabase } from './database/database.ts';
import { ROLES, SEED } from './database/seed.ts';
import { play } from './play.ts';
import { Unexpected } from './unexpected.ts';
import { makeWorld, type World } from './world.ts';

const PORT = 8088;
const GATE = 6432;
const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url));

/** Plays the 3 a.m. agent for real: a gateway, a database, people, everything through the public interfaces. */
export async function demo(
  io: Io,
  { unattended }: { readonly unattended: boolean },
): Promise<number> {
  const home = join(io.cwd, '.countersign');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  using _ = alone(home);
  const [http, gate, port] = [await freePort(PORT), await freePort(GATE), await freePort(0)];
  const world = makeWorld(home, POLICIES, { http, gate, database: port });
  const { passwords } = world;
  const starting = startDatabase({ port, seed: SEED, passwords, exporter: ROLES.exporter });
  const { serve } = await import('@countersign/server');
  const gateway = await serve({ configPath: world.config, env: {}, write: io.err });
  io.out(
    `Countersign on ${world.url}. Policies, ledger and keys of this demo: ${world.folder}\n\n`,
  );
  try {
    const database = await starting;
    await play({ io, world, database, home: io.cwd, unattended });
    io.out('\nEvery step went as it must.\n');
    if (!unattended) await stay(io, world);
    return 0;
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    io.err(`countersign: ${error.message}\n`);
    return 1;
  } finally {
    await gateway.stop();
    await starting.then((database) => database.close());
  }
}

const SQLITE_BUSY = 5;

/** One demo at a time in a folder: the next one begins by removing the world of the last. */
function alone(home: string): Disposable {
  const lock = new DatabaseSync(join(home, 'demo.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE'); // ends with the process, however that ends
  } catch (cause) {
    lock.close();
    if ((cause as { readonly errcode?: unknown }).errcode !== SQLITE_BUSY) throw cause;
    throw new Failure('demo-running', `a demo is running in \`${home}\` already`, {
      hint: 'end it with Ctrl-C, or start this one in another folder',
    });
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function stay(io: Io, { url, ports, agentToken }: World): Promise<void> {
  io.out('\nThe database, as night-bot sees it with any PostgreSQL client:\n');
  io.out(`  psql "postgres://night-bot:${agentToken}@localhost:${ports.gate}/crm"\n`);
  io.out('  select company, contact_email from customers limit 3;    comes back masked\n');
  io.out("  update customers set plan = 'free' where id = 7;         waits for a person\n");
  io.out(`\nThe gateway stays up on ${url} (OpenAPI: ${url}/openapi.json). Ctrl-C ends it.\n`);
  return new Promise((resolve) => {
    const release = io.onInterrupt(() => {
      release();
      io.out('\nStopped.\n');
      resolve();
    });
  });
}

/** The wanted port, or any other while somebody has it. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () =>
      wanted === 0 ? reject(new Error('no free port')) : resolve(freePort(0)),
    );
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : wanted;
      probe.close(() => resolve(port));
    });
  });
}
