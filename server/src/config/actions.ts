import { err, ok, type Result } from '@countersign/core';
import { readActionTypes, type ApiActionType, type TypeProblem } from '@countersign/gate-api';
import type { Config } from './config.ts';
import { freezeDeep } from './freeze.ts';
import { readText } from './load.ts';
import { nearest } from './nearest.ts';
import type { ConfigProblem, Finding } from './problem.ts';
import { readSource } from './source.ts';

/** Reads `actions.yaml`: all declared types, or every problem at once. */
export async function loadActionTypes(
  path: string,
  { executors }: Pick<Config, 'executors'>,
): Promise<Result<readonly ApiActionType[], readonly ConfigProblem[]>> {
  const file = await readText(path);
  if (!file.ok) return err([file.error]);
  const source = readSource(path, file.value);
  if (source.data === undefined) return err(source.problems);
  const types = readActionTypes(source.data ?? {});
  if (!types.ok) return err(types.error.map((problem) => source.place(findingOf(problem))));
  const unknown = unknownExecutors(types.value, executors);
  return unknown.length > 0 ? err(unknown.map(source.place)) : ok(freezeDeep(types.value));
}

const HINTS: Readonly<Record<TypeProblem['code'], string>> = {
  'unknown-key': 'leave it out',
  'missing-key': 'write one of them',
  'wrong-type': 'docs/guides/gate-api.md shows the form of every key',
  'bad-name': 'types are like sql.export, arguments and facts like rowCount',
  'bad-value': 'docs/guides/gate-api.md says what is possible here',
  'unknown-argument': 'declare it under `arguments`',
};

function findingOf({ code, path, message, given = '', known = [] }: TypeProblem): Finding {
  const meant = nearest(given, known);
  const listed = known.length > 0 ? `known here: ${known.join(', ')}` : HINTS[code];
  return {
    code,
    path,
    message,
    hint: meant === undefined ? listed : `did you mean \`${meant}\`?`,
    isKey: code === 'unknown-key' || code === 'bad-name',
  };
}

/** A type whose executor nobody is could never run: its grants would have no holder. */
function unknownExecutors(
  types: readonly ApiActionType[],
  executors: Config['executors'],
): readonly Finding[] {
  const known = executors.map(({ id }) => id);
  return types.flatMap(({ name, executor }): readonly Finding[] => {
    if (executor === undefined || known.includes(executor)) return [];
    const meant = nearest(executor, known);
    return [
      {
        code: 'unknown-executor',
        path: [name, 'executor'],
        message: `\`${executor}\` is not listed under \`executors\``,
        hint: meant === undefined ? 'add it in countersign.yaml' : `did you mean \`${meant}\`?`,
      },
    ];
  });
}
