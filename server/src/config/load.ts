import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { err, ok, sha256, type Result } from '@countersign/core';
import { checkConfig } from './check.ts';
import { CONFIG, type Config } from './config.ts';
import { freezeDeep } from './freeze.ts';
import { pathText, type ConfigProblem, type Finding, type Path } from './problem.ts';
import { resolveSecret, type SecretRefusal } from './secret.ts';
import type { Reading } from './shape.ts';
import { readSource, type Source } from './source.ts';
import { applyVariables, variablesOf } from './variables.ts';
import { verifiersOf, type Verifiers } from './verifiers.ts';

/** Where configuration comes from: a file, and the environment that overrides and completes it. */
export type Origin = {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** A configuration in force, and what its operator should look at. */
export type Loaded = {
  readonly config: Config;
  readonly warnings: readonly ConfigProblem[];
  readonly verifiers: Verifiers;
};

/** Reads, completes and checks the configuration: frozen as a whole, or every problem at once. */
export async function loadConfig(
  origin: Origin,
): Promise<Result<Loaded, readonly ConfigProblem[]>> {
  const file = await readText(origin.path);
  if (!file.ok) return err([file.error]);
  const source = readSource(origin.path, file.value);
  if (source.data === undefined) return err(source.problems);
  const overridden = applyVariables(source.data ?? {}, origin.env, variablesOf(CONFIG));
  const problems: ConfigProblem[] = [...overridden.problems];
  const report = (finding: Finding): undefined =>
    void problems.push(placed(source, overridden.from, finding));
  const baseDir = dirname(resolve(origin.path));
  const secrets = await gatherSecrets(overridden.data, { baseDir, env: origin.env });
  const config = CONFIG.read(overridden.data, [], {
    report,
    baseDir,
    secret: (ref, prefix, path) => tokenDigest(secrets.get(ref), { prefix, path }, report),
    reveal: (ref, path) => revealed(secrets.get(ref), path, report),
  });
  if (config) checkConfig(config, report);
  const isBad = problems.some(({ severity }) => severity === 'error');
  if (!config || isBad)
    return err(problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
  const verifiers = await verifiersOf(config, overridden.data, (ref) => {
    const found = secrets.get(ref);
    return found?.ok === true ? found.value : undefined;
  });
  return ok({ ...freezeDeep({ config, warnings: problems }), verifiers });
}

/** Text of a configuration file, or why there is none. */
export async function readText(path: string): Promise<Result<string, ConfigProblem>> {
  try {
    return ok(await readFile(path, 'utf8'));
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT';
    return err({
      code: 'unreadable',
      severity: 'error',
      file: path,
      line: 1,
      column: 1,
      path: '',
      message: isMissing ? 'there is no such file' : `cannot be read (${code})`,
      hint: isMissing ? 'name the file by its path, or create it' : 'check its owner and mode',
    });
  }
}

/** A finding at its place in the file, or at the variable that overrides it. */
function placed(
  source: Source,
  from: ReadonlyMap<string, string>,
  finding: Finding,
): ConfigProblem {
  const problem = source.place(finding);
  const variable = from.get(pathText(finding.path));
  return variable === undefined ? problem : { ...problem, file: variable, line: 0, column: 0 };
}

type Found = Result<string, SecretRefusal>;

const ignore = (): undefined => undefined;

/** A first reading only to learn which references there are; each is followed once. */
async function gatherSecrets(
  data: unknown,
  around: { readonly baseDir: string; readonly env: Origin['env'] },
): Promise<ReadonlyMap<string, Found>> {
  const refs = new Set<string>();
  const reading: Reading = {
    report: ignore,
    baseDir: around.baseDir,
    secret: (ref) => void refs.add(ref),
    reveal: (ref) => void refs.add(ref),
  };
  CONFIG.read(data, [], reading);
  return new Map(
    await Promise.all(
      [...refs].map(async (ref) => [ref, await resolveSecret(ref, around)] as const),
    ),
  );
}

function revealed(
  found: Found | undefined,
  path: Path,
  report: Reading['report'],
): string | undefined {
  if (!found) return undefined;
  return found.ok ? found.value : report({ ...found.error, path });
}

function tokenDigest(
  found: Found | undefined,
  { prefix, path }: { readonly prefix: string; readonly path: Path },
  report: Reading['report'],
): string | undefined {
  if (!found) return undefined;
  if (!found.ok) return report({ ...found.error, path });
  const { value } = found;
  if (value.startsWith(prefix) && /^[A-Za-z0-9_-]{20,}$/.test(value.slice(prefix.length)))
    return sha256(value);
  return report({
    code: 'bad-token',
    path,
    message: `does not lead to a token of the form ${prefix}…`,
    hint: `make one of \`${prefix}\` and at least 20 random letters and digits`,
  });
}
