import { mkdirSync } from 'node:fs';
import {
  instant,
  type Clock,
  type LastSigned,
  type Leases,
  type LedgerStore,
} from '@countersign/core';
import { createPostgresStore, type StoreHealth } from '@countersign/store-postgres';
import { createSqliteStore } from '@countersign/store-sqlite';
import type { Config } from './config/config.ts';

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

/** Opens the store that the configuration names. */
export async function openStore(
  { dataDir, database }: Pick<Config, 'dataDir' | 'database'>,
  lastSigned: LastSigned,
): Promise<OpenStore> {
  if (database) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const { url, ...rest } = database;
    const store = await createPostgresStore({ url: url.reveal(), ...rest, lastSigned });
    return { store, clock: store.clock, leases: store.leases, health: store.health };
  }
  const store = await createSqliteStore({ folder: dataDir, clock: systemClock, lastSigned });
  return { store, clock: systemClock, leases: ownLeases, health: () => ({ status: 'ok' }) };
}
