import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { classesFileOf, loadTableClasses } from './data-classes.ts';
import { loadMaskingPolicy } from './masking.ts';
import { nearest } from './nearest.ts';
import type { ConfigProblem } from './problem.ts';

/** Everything that is wrong with what is said of private values beside policies: `masking.yaml`, and files of data classes. */
export async function lookAtClasses(
  policies: string,
  config: Pick<Config, 'postgres'> | undefined,
): Promise<readonly ConfigProblem[]> {
  const folder = join(policies, 'data');
  const there = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => join(folder, name))
    : [];
  const databases = config?.postgres.databases ?? [];
  const named = databases.map((entry) => classesFileOf(policies, entry));
  const read = [...new Set([...there, ...named])].map(async (file) => {
    const tables = await loadTableClasses(file);
    return tables.ok ? [] : tables.error;
  });
  const masking = await loadMaskingPolicy(join(policies, 'masking.yaml'));
  const stray = config ? there.filter((file) => !named.includes(file)) : [];
  const known = databases.map(({ name }) => name);
  return [
    ...(masking.ok ? [] : masking.error),
    ...(await Promise.all(read)).flat(),
    ...stray.map((file) => unused(file, known)),
  ];
}

function unused(file: string, known: readonly string[]): ConfigProblem {
  const name = file.replace(/^.*[\\/]|\.yaml$/g, '');
  const meant = nearest(name, known);
  return {
    code: 'unknown-name',
    severity: 'warning',
    file,
    line: 1,
    column: 1,
    path: '',
    message: `no database is called \`${name}\``,
    hint:
      meant === undefined
        ? 'name it like a database of `postgres.databases`, or under its `classes`'
        : `did you mean \`${meant}\`?`,
  };
}
