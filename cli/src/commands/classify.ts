import { join, resolve } from 'node:path';
import type { Classification, DatabaseEntry, Difference } from '@countersign/server/databases';
import { Failure, Usage, type Call, type Run } from '../command.ts';
import { EXIT } from '../exit.ts';
import { faultLine, ofConfig, seenFrom } from '../fault.ts';
import { plain, styleOf } from '../text.ts';

type Databases = typeof import('@countersign/server/databases');

/** Proposes what the columns of a database hold; writes it only when told to. */
export const classify: Run = async (call) => {
  const databases = await import('@countersign/server/databases');
  const [name = ''] = call.words;
  const { entry, file } = await targetOf(databases, call, name);
  const found = await databases
    .classifyDatabase(entry, { file, isWriting: call.has('write') })
    .catch((cause: unknown) => {
      if (!(cause instanceof databases.OperationFailure)) throw cause;
      throw new Failure(cause.code, cause.message, { hint: cause.hint });
    });
  if (call.has('json')) call.io.out(`${JSON.stringify(found)}\n`);
  else call.io.out(textOf(call, found));
  return EXIT.done;
};

type Target = { readonly entry: DatabaseEntry; readonly file: string };

async function targetOf(databases: Databases, call: Call, name: string): Promise<Target> {
  const { io } = call;
  const url = call.text('url');
  if (url !== undefined) {
    const entry = databases.entryByUrl(name, url, io.env['PGPASSWORD']);
    if (!entry)
      throw new Usage(
        '`--url` is postgres://USER@HOST:PORT/DATABASE; the password is in PGPASSWORD, never here',
      );
    const policies = resolve(io.cwd, io.env['COUNTERSIGN_POLICIES'] ?? 'policies');
    return { entry, file: join(policies, 'data', `${name}.yaml`) };
  }
  const path = resolve(io.cwd, call.text('config') ?? 'countersign.yaml');
  const loaded = await databases.loadConfig({ path, env: io.env });
  if (!loaded.ok) {
    const [first] = loaded.error.map((problem) => ofConfig(io, problem));
    throw new Failure('config-refused', first ? faultLine(first) : 'it is not in order', {
      hint: first?.hint ?? 'countersign doctor',
      exitCode: 2,
    });
  }
  const { policies, postgres } = loaded.value.config;
  const entry = postgres.databases.find((one) => one.name === name);
  if (!entry)
    throw new Failure('unknown-database', `no database is called \`${name}\``, {
      hint: `known: ${postgres.databases.map((one) => one.name).join(', ') || 'none'}; or name one by --url`,
      exitCode: 2,
    });
  return { entry, file: databases.classesFileOf(policies, entry) };
}

const WORDS: Readonly<Record<Difference['is'], string>> = {
  new: 'proposed now',
  proposed: 'proposed, and not accepted',
  doubtful: 'said to hold nothing private',
  unclassified: 'nobody said anything',
  gone: 'not in the database any more',
};

function textOf(call: Call, { file, differences, written }: Classification): string {
  const { dim, bold } = styleOf(call.io);
  const seen = plain(seenFrom(call.io, file));
  if (differences.length === 0) return `every column is classified in ${seen}\n`;
  const groups = Object.groupBy(differences, ({ is }) => is);
  const told = Object.entries(WORDS).flatMap(([is, words]) => {
    const some = groups[is as Difference['is']];
    return some ? [`${bold(words)}\n${some.map((one) => `  ${lineOf(one, dim)}\n`).join('')}`] : [];
  });
  const fresh = groups.new?.length ?? 0;
  const end =
    written > 0
      ? `${written} written to ${seen}; accept each by writing the class alone\n`
      : fresh > 0
        ? `nothing was written; --write puts what is proposed into ${seen}\n`
        : '';
  return `${told.join('')}${end}`;
}

function lineOf(difference: Difference, dim: (text: string) => string): string {
  const { table, column } = difference;
  const name = plain(`${table}.${column}`).padEnd(40);
  if (!('holds' in difference)) return name.trimEnd();
  const because = 'because' in difference ? `  ${dim(difference.because)}` : '';
  return `${name} ${difference.holds}${because}`;
}
