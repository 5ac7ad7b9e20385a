import { isDataClass, err, ok, likelyClass, type DataClass, type Result } from '@countersign/core';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { freezeDeep } from './freeze.ts';
import { readText } from './load.ts';
import type { DatabaseEntry } from './postgres.ts';
import type { ConfigProblem, Finding, Path, Report } from './problem.ts';
import { mapOf, wrongType, type Reading, type Shape } from './shape.ts';
import { readSource } from './source.ts';

/** What a column holds, as the file says: a class, or `none` where a person looked and there is nothing private. */
export type ColumnClass = {
  readonly holds: DataClass | 'none';
  /** Nobody accepted it yet. It masks all the same. */
  readonly isProposed: boolean;
};

/** The classes of one database by `schema.table` and column. What is not in it was not looked at. */
export type TableClasses = Readonly<Record<string, Readonly<Record<string, ColumnClass>>>>;

/** The same by the name of each mounted database. */
export type DatabaseClasses = Readonly<Record<string, TableClasses>>;

/** File of the classes of a database. */
export const classesFileOf = (
  policies: string,
  { name, classes }: Pick<DatabaseEntry, 'name' | 'classes'>,
): string => classes ?? join(policies, 'data', `${name}.yaml`);

/** Reads the classes of every database: all of them, or every problem at once. */
export async function loadDatabaseClasses({
  policies,
  postgres,
}: Pick<Config, 'policies' | 'postgres'>): Promise<
  Result<DatabaseClasses, readonly ConfigProblem[]>
> {
  const read = await Promise.all(
    postgres.databases.map(
      async (entry) =>
        [entry.name, await loadTableClasses(classesFileOf(policies, entry))] as const,
    ),
  );
  const problems = read.flatMap(([, tables]) => (tables.ok ? [] : tables.error));
  if (problems.length > 0) return err(problems);
  return ok(
    Object.fromEntries(read.flatMap(([name, tables]) => (tables.ok ? [[name, tables.value]] : []))),
  );
}

/** Reads the file of one database. Where there is none, nobody looked at anything yet. */
export async function loadTableClasses(
  path: string,
): Promise<Result<TableClasses, readonly ConfigProblem[]>> {
  const file = await readText(path);
  if (!file.ok) return isMissing(file.error) ? ok({}) : err([file.error]);
  return readTableClasses(path, file.value);
}

const isMissing = ({ message }: ConfigProblem): boolean => message === 'there is no such file';

/** Reads the text of such a file. */
export function readTableClasses(
  path: string,
  text: string,
): Result<TableClasses, readonly ConfigProblem[]> {
  const source = readSource(path, text);
  if (source.data === undefined) return err(source.problems);
  const problems: ConfigProblem[] = [];
  const report = (finding: Finding): undefined => void problems.push(source.place(finding));
  const reading: Reading = { report, baseDir: '', secret: NOTHING, reveal: NOTHING };
  const tables = TABLES.read(source.data ?? {}, [], reading);
  return tables && problems.length === 0 ? ok(freezeDeep(tables)) : err(problems);
}

const NOTHING = (): undefined => undefined;

function classIn(value: string, path: Path, report: Report): DataClass | 'none' | undefined {
  if (value === 'none' || isDataClass(value)) return value;
  const likely = likelyClass(value);
  return report({
    code: 'bad-name',
    path,
    message: `\`${value}\` is not a data class`,
    hint:
      likely === undefined
        ? 'write a class such as pii.email, or none where you looked and nothing is private'
        : `did you mean \`${likely}\`?`,
  });
}

const column: Shape<ColumnClass> = {
  form: 'data class, none, or {proposed, because}',
  schema: { type: ['string', 'object'] },
  read: (value, path, { report }) => {
    if (typeof value === 'string') {
      const holds = classIn(value, path, report);
      return holds && { holds, isProposed: false };
    }
    return proposal(value, path, report);
  },
};

/** What `countersign classify` writes; a person accepts it by writing the class alone. */
function proposal(value: unknown, path: Path, report: Report): ColumnClass | undefined {
  const { proposed, because, ...rest } = (
    typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  ) as Readonly<Record<string, unknown>>;
  const isWhole =
    typeof proposed === 'string' &&
    (because === undefined || typeof because === 'string') &&
    Object.keys(rest).length === 0;
  if (!isWhole)
    return wrongType(report, path, 'text (a data class or none), or {proposed, because}');
  const holds = classIn(proposed, [...path, 'proposed'], report);
  if (holds !== 'none') return holds && { holds, isProposed: true };
  // ATTACKER: a proposal is a machine's; that something is private is all it may say
  return report({
    code: 'bad-value',
    path: [...path, 'proposed'],
    message: '`none` can only be said by a person',
    hint: 'write `none` alone if you looked',
  });
}

const COLUMN = /^[^\p{C}]{1,63}$/u;
const TABLE = /^[^\p{C}.]{1,63}\.[^\p{C}]{1,63}$/u;
const TABLES: Shape<TableClasses> = mapOf(
  mapOf(column, COLUMN, 'write the name of the column as PostgreSQL does'),
  TABLE,
  'write it with its schema, such as public.customers',
);
