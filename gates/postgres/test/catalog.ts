import type { Classes, Holds } from '../src/catalog/catalog.ts';
import type { Ask } from '../src/catalog/questions.ts';
import { takeSnapshot, type Earlier, type Snapshot } from '../src/catalog/snapshot.ts';
import type { SampleDatabase } from './database.ts';

/** Asks as superuser, every value as text. */
const askOf =
  (database: SampleDatabase): Ask =>
  async (sql) => {
    const { rows } = await database.run({ text: sql, rowMode: 'array', types: { getTypeParser } });
    return rows;
  };

const getTypeParser =
  () =>
  (value: unknown): unknown =>
    value;

/** Classes as a file says them. */
export const classesOf = (
  tables: Readonly<Record<string, Readonly<Record<string, Holds>>>>,
): Classes =>
  new Map(Object.entries(tables).map(([name, all]) => [name, new Map(Object.entries(all))]));

/** Takes a snapshot of a database. */
export const snapshotOf = (
  database: SampleDatabase,
  classes: Classes,
  earlier: Earlier = { memory: new Map(), trees: new Map() },
): Promise<Snapshot> =>
  takeSnapshot(askOf(database), { classes, searchPath: ['public'], generation: 1, earlier });
