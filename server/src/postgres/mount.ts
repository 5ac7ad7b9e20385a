import type { MaskingPolicy } from '@countersign/core';
import {
  createCatalogFollower,
  createEstimator,
  createJudge,
  shapeOf,
  type Classes,
  type Classify,
  type DatabaseSettings,
  type House,
  type Mounted,
  type Upstream,
} from '@countersign/gate-postgres';
import type { TableClasses } from '../config/data-classes.ts';
import type { DatabaseEntry, PostgresLimits } from '../config/postgres.ts';
import type { Log } from '../log.ts';
import { followResultMasking } from './result-masking.ts';
import { upstreamOf } from './upstream.ts';
import { watched } from './watched.ts';

export type MountParts = {
  readonly classify: Classify;
  readonly house: House;
  /** Fingerprints masked values. */
  readonly key: Uint8Array;
  readonly limits: PostgresLimits;
  /** What people said of the columns of a database, at this moment. */
  readonly classesOf: (database: string) => TableClasses;
  readonly maskingPolicy: () => MaskingPolicy;
  readonly urlOf: (approvalId: string) => string;
  readonly log: Log;
};

/** A database in use, and how it is let go. */
export type Mount = {
  readonly mounted: Mounted;
  readonly isUp: () => boolean;
  readonly close: () => void;
};

/** Puts one database together: how it is reached, what is known of it, who judges and what is masked. */
export function mount(entry: DatabaseEntry, parts: MountParts): Mount {
  const { name, searchPath, refreshMs } = entry;
  const { key, log } = parts;
  const upstream = watched(upstreamOf(entry));
  const settings = settingsOf(entry, parts.limits);
  const catalog = createCatalogFollower({
    connect: (signal) => reading(upstream, signal),
    classes: () => classesIn(parts.classesOf(name)),
    searchPath,
    everyMs: refreshMs,
    log: (event, about) => log.warn(event, { database: name, ...about }),
  });
  const planner = createEstimator({ upstream, catalog });
  const judge = createJudge({
    ...parts,
    estimate: planner.estimate,
    database: name,
    catalog,
    shapeOf,
    settings,
    now: Date.now,
  });
  const masking = followResultMasking(key, parts.maskingPolicy);
  return {
    mounted: {
      name,
      upstream,
      catalog,
      judge,
      get masking() {
        return masking();
      },
      settings,
    },
    isUp: () => catalog.now() !== undefined && !upstream.isDown(),
    close: () => {
      judge.close();
      planner.close();
      catalog.close();
    },
  };
}

async function reading(upstream: Upstream, signal: AbortSignal) {
  const connection = await upstream.connect('read', { signal });
  return {
    ask: (sql: string) => upstream.ask(connection, sql),
    close: connection.close,
  };
}

const settingsOf = (entry: DatabaseEntry, limits: PostgresLimits): DatabaseSettings => ({
  mode: entry.mode,
  holdMs: entry.holdMs,
  notices: entry.notices,
  searchPath: entry.searchPath,
  statementBytes: limits.statementBytes,
  messageBytes: limits.messageBytes,
  statementMs: entry.statementMs,
  idleTransactionMs: entry.idleTransactionMs,
  connections: entry.connections,
});

const classesIn = (tables: TableClasses): Classes =>
  new Map(
    Object.entries(tables).map(([table, columns]) => [
      table,
      new Map(Object.entries(columns).map(([column, { holds }]) => [column, holds])),
    ]),
  );
