import { err, ok, type Result } from '@countersign/core';
import type { Candidate, Compiled, Groups } from './candidate.ts';
import { readPolicyFolder, startWorker, type PolicyFolder } from './load.ts';
import { setText, type PolicySet } from './policy-set.ts';
import { problemOfSet, type Problem } from './problem.ts';
import type { Said } from './worker.ts';

export type LoadOptions = {
  /** Groups policies may name, with sizes where known; absent: not checked. */
  readonly groups?: Groups;
  /** How many policies may name neither action nor group; 50 unless told. */
  readonly maxUnscoped?: number;
};

/** The strict loader's answer: a set, or every problem of the candidate. */
export type Loaded = Result<PolicySet, readonly Problem[]>;

/** Loads a folder of policies. What cannot be read is a problem too. */
export async function loadPolicyFolder(dir: string, options: LoadOptions = {}): Promise<Loaded> {
  const { groups, maxUnscoped } = options;
  let folder: PolicyFolder;
  try {
    folder = readPolicyFolder(dir);
  } catch (error) {
    const isMissing = (error as { readonly code?: unknown } | null)?.code === 'ENOENT';
    const text = error instanceof Error ? error.message : 'unreadable';
    return err([problem('unreadable', isMissing ? `there is no \`${dir}\`` : text)]);
  }
  const { schema, policies, gitCommit } = folder;
  const loaded = await compileApart({
    policies,
    ...(schema && { schema }),
    ...(gitCommit !== undefined && { gitCommit }),
    ...(groups && { groups }),
    ...(maxUnscoped !== undefined && { maxUnscoped }),
  });
  const files = [...(schema ? [schema] : []), ...policies];
  return loaded.ok ? ok({ ...loaded.value, files }) : loaded;
}

/** Compiles a candidate in a throw-away worker: whatever it does to the engine, the running one answers on. */
export async function compileApart(candidate: Candidate): Promise<Loaded> {
  const worker = startWorker({ role: 'compile', candidate }, STACK_MB);
  try {
    const compiled = await new Promise<Compiled>((resolve) => {
      const trapped = (): void =>
        resolve({ ok: false, problems: [problem('engine-trap', TRAPPED)] });
      worker.on('message', (said: Said) => said.type === 'compiled' && resolve(said.compiled));
      worker.on('error', trapped);
      worker.on('exit', trapped);
      setTimeout(trapped, TIMEOUT_MS).unref();
    });
    return compiled.ok ? ok(compiled.set) : err(compiled.problems);
  } finally {
    await worker.terminate();
  }
}

const TIMEOUT_MS = 120_000;
/** Less than any thread that judges has: what does not trap here does not trap there. */
const STACK_MB = 0.75;
const TRAPPED = 'the policy engine failed on this set';

const problem = (code: 'unreadable' | 'engine-trap', message: string): Problem =>
  problemOfSet({
    code,
    message,
    hint:
      code === 'unreadable'
        ? 'check the path and its permissions'
        : 'simplify the policy added last',
  });

/** The bytes of a set: JCS `{schema, policies}`. Their SHA-256 is the set's digest. */
export const serialize = ({ schema, policies }: PolicySet): Uint8Array =>
  new TextEncoder().encode(setText(schema, policies));

/** Opens the bytes of a set that was in force once. Throws on bytes that never were one. */
export async function openPolicySet(bytes: Uint8Array): Promise<PolicySet> {
  const { schema, policies } = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly schema: string;
    readonly policies: Readonly<Record<string, string>>;
  };
  const loaded = await compileApart({
    schema: { file: 'schema.cedarschema', text: schema },
    policies: Object.entries(policies).map(([id, text]) => ({ file: id, text })),
    isReopened: true,
  });
  if (!loaded.ok)
    throw new Error(`the kept policy set does not open: ${loaded.error[0]?.message ?? ''}`);
  return loaded.value;
}
