import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  instant,
  StoreFailure,
  type Clock,
  type LastSigned,
  type Leases,
  type LedgerStore,
} from '@countersign/core';
import type { StoreHealth } from '@countersign/store-postgres';
import { createSqliteStore } from '@countersign/store-sqlite';
import type { Config } from './config/config.ts';
import type { Log } from './log.ts';

/** The ledger's store, and what comes with the kind it is. */
export type OpenStore = {
  readonly store: LedgerStore;
  /** The time that deadlines are measured by: this machine's, or the database's where replicas share one. */
  readonly clock: Clock;
  /** Which of the gateways on this ledger does a piece of work now. */
  readonly leases: Leases;
  readonly health: () => StoreHealth;
};

const systemClock: Clock = () => instant(Date.now());
/** Of one gateway alone. */
const ownLeases: Leases = { hold: async () => true, release: async () => undefined };

/** How long a start waits for a database: restarts and failovers are shorter, and a supervisor's next try may be later. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 1_000;

/** Opens the store that the configuration names. */
export async function openStore(
  { dataDir, database }: Pick<Config, 'dataDir' | 'database'>,
  lastSigned: LastSigned,
  log: Pick<Log, 'warn'>,
): Promise<OpenStore> {
  if (database) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // only a gateway that needs it loads it: an idle one is to stay small
    const { createPostgresStore } = await import('@countersign/store-postgres');
    const { url, ...rest } = database;
    const store = await patiently(
      () => createPostgresStore({ url: url.reveal(), ...rest, lastSigned }),
      log,
    );
    return { store, clock: store.clock, leases: store.leases, health: store.health };
  }
  const store = await createSqliteStore({ folder: dataDir, clock: systemClock, lastSigned });
  return { store, clock: systemClock, leases: ownLeases, health: () => ({ status: 'ok' }) };
}

async function patiently<T>(open: () => Promise<T>, log: Pick<Log, 'warn'>): Promise<T> {
  for (const until = performance.now() + PATIENCE_MS; ;) {
    try {
      return await open();
    } catch (cause) {
      const isAway = cause instanceof StoreFailure && cause.code === 'unreachable';
      if (!isAway || performance.now() > until) throw cause;
      log.warn('database-unreachable', { next: `in ${RETRY_MS} ms` });
      await sleep(RETRY_MS);
    }
  }
}
