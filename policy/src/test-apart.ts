import { err } from '@countersign/core';
import { readPolicyFolder, startWorker } from './load.ts';
import type { PolicySet } from './policy-set.ts';
import { problemOfSet } from './problem.ts';
import type { Tested } from './test-run.ts';
import type { Said } from './worker.ts';
import type { SourceFile } from './problem.ts';

const TIMEOUT_MS = 60_000;

/** The test files of a folder, to be run against a set that came from it. */
export const readPolicyTests = (dir: string): readonly SourceFile[] => readPolicyFolder(dir).tests;

/** Runs test files against a set in a throw-away worker: whatever they do to the engine, the running one answers on. */
export async function testApart(set: PolicySet, files: readonly SourceFile[]): Promise<Tested> {
  const worker = startWorker({ role: 'test', set, files });
  try {
    return await new Promise<Tested>((resolve) => {
      const failed = (): void => resolve(err([problemOfSet(FAILED)]));
      worker.on('message', (said: Said) => said.type === 'tested' && resolve(said.tested));
      worker.on('error', failed);
      worker.on('exit', failed);
      setTimeout(failed, TIMEOUT_MS).unref();
    });
  } finally {
    await worker.terminate();
  }
}

const FAILED = {
  code: 'engine-trap',
  message: 'the policy engine failed while the tests ran',
  hint: 'run `countersign policy test` and look at the test added last',
} as const;
