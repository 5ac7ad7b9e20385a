import type pg from 'pg';
import {
  createFrontier,
  provenEntries,
  StoreFailure,
  toBytes,
  type DumpProgress,
  type ProvenEntry,
  type StoreDump,
} from '@countersign/core';
import { drop, quoteSchema, type Access } from './connect.ts';
import { toStoreFailure } from './failure.ts';
import type { Grown } from './grow.ts';
import { openSession } from './session.ts';
import { statementsOf, type Statements } from './statements.ts';
import type { Row, Step } from './transaction.ts';
import { besideOf, packed, tilesOf, type Beside } from './writes.ts';

/** The commit of everything may take the disk a while. */
const COMMIT_MS = 10 * 60_000;

/**
 * Fills a schema without a ledger from a dump, in one transaction that holds the head: a schema has either the whole
 * ledger or none, whatever happens meanwhile. The tables must be there: `migrate` before.
 */
export async function loadPostgres(
  access: Access,
  dump: StoreDump,
  onProgress: DumpProgress = () => undefined,
): Promise<void> {
  const client = await openSession(access, 'load');
  const sql = statementsOf(quoteSchema(access.schema));
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<Row>(sql.lock);
    const size = Number(rows[0]?.['size']);
    if (size > 0)
      throw new StoreFailure(
        'store-failed',
        `\`${access.schema}\` has a ledger of ${size} entries already`,
      );
    await putEntries(client, sql, dump, onProgress);
    await putBeside(client, sql, dump);
    const commit = { text: 'COMMIT', query_timeout: COMMIT_MS };
    await client.query(commit);
    const tables = ['events', 'tiles', 'standings', 'claims', 'blobs'];
    const schema = quoteSchema(access.schema);
    for (const table of tables) await client.query(`ANALYZE ${schema}.${table}`);
  } catch (cause) {
    throw toStoreFailure(cause);
  } finally {
    drop(client);
  }
}

async function send(client: pg.Client, steps: readonly Step[]): Promise<void> {
  for (const { text, values = [] } of steps) await client.query(text, [...values]);
}

/** A page of the dump is a statement. */
async function putEntries(
  client: pg.Client,
  sql: Statements,
  dump: StoreDump,
  onProgress: DumpProgress,
): Promise<void> {
  let tiles: Grown['tiles'][number][] = [];
  const frontier = createFrontier({ size: 0, peaks: [] }, (level, root, index) => {
    if (level > 0) tiles.push({ level: level - 1, index, root });
  });
  let sending = Promise.resolve();
  for await (const page of provenEntries(dump)) {
    for (const { leaf } of page) frontier.push(leaf);
    const steps = [insertOf(page, sql), ...tilesOf({ tiles }, sql)];
    tiles = [];
    await sending;
    onProgress(page[0]?.seq ?? 0);
    sending = send(client, steps); // the database writes while the next page is read and hashed
    sending.catch(() => undefined); // heard where it is awaited, unless reading fails first
  }
  await sending;
  const head = [frontier.size(), Buffer.from(toBytes(frontier.root())), packed(frontier.peaks())];
  await send(client, [{ text: sql.loadHead, values: [...head, dump.head.at] }]);
}

function insertOf(page: readonly ProvenEntry[], sql: Statements): Step {
  let at = 1; // SQL counts from 1
  const firsts = page.map(({ bytes }) => {
    const first = at;
    at += bytes.length;
    return first;
  });
  const values = [
    page[0]?.seq ?? 0,
    page.map(({ stream }) => stream),
    page.map(({ version }) => version),
    packed(page.map(({ leaf }) => leaf)),
    Buffer.concat(page.map(({ bytes }) => bytes)),
    firsts,
    page.map(({ bytes }) => bytes.length),
  ];
  return { text: sql.insertEvents, values };
}

const NOTHING: Beside = { standings: new Map(), claims: new Map(), blobs: [] };

async function putBeside(client: pg.Client, sql: Statements, dump: StoreDump): Promise<void> {
  const put = (beside: Partial<Beside>): Promise<void> =>
    send(client, besideOf({ ...NOTHING, ...beside }, sql));
  for await (const page of dump.standings())
    await put({ standings: new Map(page.map(({ stream, standing }) => [stream, standing])) });
  for await (const page of dump.claims())
    await put({ claims: new Map(page.map(({ name, ...held }) => [name, held])) });
  for await (const page of dump.blobs()) {
    await put({
      blobs: page.flatMap(({ stream, name, data }) => (data ? [[stream, name, data]] : [])),
    });
    const erased = page.filter(({ data }) => data === undefined);
    if (erased.length === 0) continue;
    const values = [erased.map(({ stream }) => stream), erased.map(({ name }) => name)];
    await send(client, [{ text: sql.insertErased, values }]);
  }
}
