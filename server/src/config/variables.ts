import type { Json } from '@countersign/core';
import { nearest } from './nearest.ts';
import { pathText, type ConfigProblem, type Path } from './problem.ts';
import type { Shape } from './shape.ts';

/** A key that an environment variable overrides. */
export type Variable = {
  readonly name: string;
  readonly path: Path;
  readonly kind: 'text' | 'integer' | 'boolean';
};

/** `COUNTERSIGN_…` for every scalar at the top or one record below it. */
export function variablesOf(shape: Shape<unknown>, path: Path = []): readonly Variable[] {
  return (shape.members?.keys ?? []).flatMap(({ name, shape: inner }): readonly Variable[] => {
    const at = [...path, name];
    if (inner.variable)
      return [
        { name: `COUNTERSIGN_${at.join('_').toUpperCase()}`, path: at, kind: inner.variable },
      ];
    return inner.form === 'record' ? variablesOf(inner, at) : [];
  });
}

/** Data with the overrides in place, which variable stands behind which path, and likely misspellings. */
export type Overridden = {
  readonly data: Json;
  readonly from: ReadonlyMap<string, string>;
  readonly problems: readonly ConfigProblem[];
};

/** Applies overrides. Variables of other programs that share the prefix, such as the CLI's, are left alone. */
export function applyVariables(
  data: Json,
  env: Readonly<Record<string, string | undefined>>,
  variables: readonly Variable[],
): Overridden {
  const from = new Map<string, string>();
  let out = data;
  for (const { name, path, kind } of variables) {
    const given = env[name];
    if (given === undefined) continue;
    const set = withValue(out, path, scalar(given, kind));
    if (set === undefined) continue;
    out = set;
    from.set(pathText(path), name);
  }
  return { data: out, from, problems: misspelt(env, variables) };
}

function scalar(given: string, kind: Variable['kind']): Json {
  if (kind === 'integer' && /^-?\d{1,16}$/.test(given)) return Number(given);
  if (kind === 'boolean' && (given === 'true' || given === 'false')) return given === 'true';
  return given;
}

/** A copy with one value set; undefined where something on the way is no record. */
function withValue(data: Json, path: Path, value: Json): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const record = data ?? {};
  if (typeof record !== 'object' || Array.isArray(record)) return undefined;
  const members = record as { readonly [name: string]: Json };
  const inner = withValue(members[step] ?? null, rest, value);
  return inner === undefined ? undefined : { ...members, [step]: inner };
}

function misspelt(
  env: Readonly<Record<string, string | undefined>>,
  variables: readonly Variable[],
): readonly ConfigProblem[] {
  const known = variables.map(({ name }) => name.slice('COUNTERSIGN_'.length));
  return Object.keys(env).flatMap((name): readonly ConfigProblem[] => {
    const rest = /^COUNTERSIGN_(\w+)$/.exec(name)?.[1];
    const meant = rest === undefined || known.includes(rest) ? undefined : nearest(rest, known);
    if (meant === undefined) return [];
    return [
      {
        code: 'unknown-variable',
        severity: 'warning',
        file: name,
        line: 0,
        column: 0,
        path: '',
        message: 'overrides nothing',
        hint: `did you mean \`COUNTERSIGN_${meant}\`?`,
      },
    ];
  });
}
