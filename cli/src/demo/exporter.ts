import { closeSync, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Client } from '@countersign/sdk';

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

export function createExporter(client: Client, database: string, exports: string): Exporter {
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
  db: DatabaseSync,
  { table, columns, where = {}, limit = -1, format = 'csv', ...rest }: Query,
): Iterable<Record<string, unknown>> {
  const { destination: _, ...unknown } = rest;
  if (format !== 'csv' || Object.keys(unknown).length > 0)
    throw new TypeError('this exporter writes CSV and knows no other arguments');
  const filter = Object.keys(where).map((name) => `${quote(name)} = ?`);
  const condition = filter.length > 0 ? ` WHERE ${filter.join(' AND ')}` : '';
  const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${quote(table)}${condition} LIMIT ?`;
  return db.prepare(sql).iterate(...Object.values(where), limit);
}

function read(database: string, query: Query): Done {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const sample = [...rowsOf(db, query)];
    return { rows: sample.length, sample };
  } finally {
    db.close();
  }
}

function exportTo(database: string, query: Query, exports: string): Done {
  const db = new DatabaseSync(database, { readOnly: true });
  // a destination names a file of the export folder, never a place elsewhere
  const file = join(exports, basename(query.destination ?? 'export.csv'));
  const out = openSync(file, 'wx');
  try {
    writeSync(out, `${query.columns.join(',')}\n`);
    let rows = 0;
    for (const row of rowsOf(db, query)) {
      writeSync(out, `${query.columns.map((name) => cell(row[name])).join(',')}\n`);
      rows += 1;
    }
    return { rows, file };
  } finally {
    closeSync(out);
    db.close();
  }
}

const cell = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
