import { closeSync, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Client } from '@countersign/sdk';
import type { Database } from './database/database.ts';

type Query = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly where?: Readonly<Record<string, string | number>>;
  readonly limit?: number;
  readonly destination?: string;
  readonly format?: string;
};

/** What the exporter did. */
export type Done = {
  readonly rows: number;
  readonly file?: string;
  readonly sample?: readonly unknown[];
};

/**
 * The only part of the demo that can open the database. It has a credential of its own, takes a grant, and runs the
 * arguments the gateway stored for it: the agent holds neither the database nor a way to change what runs (R3).
 */
export type Exporter = { readonly run: (grant: string) => Promise<Done> };

export function createExporter(client: Client, database: Database, exports: string): Exporter {
  return {
    run: (grant) =>
      client.redeem<Done, Query>(grant, (query) =>
        query.destination === undefined
          ? read(database, query)
          : exportTo(database, query, exports),
      ),
  };
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Every argument that was approved is part of what runs; what this exporter cannot do, it refuses to begin. */
function rowsOf(
  database: Database,
  { table, columns, where = {}, limit, format = 'csv', ...rest }: Query,
): ReturnType<Database['query']> {
  const { destination: _, ...unknown } = rest;
  if (format !== 'csv' || Object.keys(unknown).length > 0)
    throw new TypeError('this exporter writes CSV and knows no other arguments');
  const filter = Object.keys(where).map((name, i) => `${quote(name)} = $${i + 2}`);
  const condition = filter.length > 0 ? ` WHERE ${filter.join(' AND ')}` : '';
  const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${quote(table)}${condition} LIMIT $1`;
  return database.query(sql, [limit ?? null, ...Object.values(where)]);
}

async function read(database: Database, query: Query): Promise<Done> {
  const sample = await rowsOf(database, query);
  return { rows: sample.length, sample };
}

async function exportTo(database: Database, query: Query, exports: string): Promise<Done> {
  // a destination names a file of the export folder, never a place elsewhere
  const file = join(exports, basename(query.destination ?? 'export.csv'));
  const out = openSync(file, 'wx');
  try {
    const rows = await rowsOf(database, query);
    const lines = rows.map((row) => query.columns.map((name) => cell(row[name])).join(','));
    writeSync(out, `${[query.columns.join(','), ...lines].join('\n')}\n`);
    return { rows: rows.length, file };
  } finally {
    closeSync(out);
  }
}

const cell = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
