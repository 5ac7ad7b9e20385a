import {
  err,
  NO_MASKING_POLICY,
  ok,
  readMaskingPolicy,
  type MaskingPolicy,
  type Result,
} from '@countersign/core';
import { freezeDeep } from './freeze.ts';
import { readText } from './load.ts';
import type { ConfigProblem } from './problem.ts';
import { readSource } from './source.ts';

/** Reads `masking.yaml`: who sees which classes in clear, and classes of one's own. Where there is no such file everything is masked. */
export async function loadMaskingPolicy(
  path: string,
): Promise<Result<MaskingPolicy, readonly ConfigProblem[]>> {
  const file = await readText(path);
  if (!file.ok)
    return file.error.message === 'there is no such file'
      ? ok(NO_MASKING_POLICY)
      : err([file.error]);
  const source = readSource(path, file.value);
  if (source.data === undefined) return err(source.problems);
  const policy = readMaskingPolicy(source.data);
  if (policy.ok) return ok(freezeDeep(policy.value));
  return err(policy.error.map((problem) => source.place({ code: 'bad-value', ...problem })));
}
