import { createExecGate, type ExecClient } from '@countersign/gate-exec';
import type { ActionStatus } from '@countersign/sdk';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { exitOf, exitOfRefusal } from '../src/exit.ts';

const UNRUN: readonly (readonly [ActionStatus['state'], number])[] = [
  ['denied', 3],
  ['refused', 3],
  ['revoked', 3],
  ['pending', 4],
  ['expired', 4],
  ['lapsed', 4],
  ['unsatisfiable', 4],
  ['budget-exhausted', 4],
  ['superseded', 4],
  ['cancelled', 4],
  ['executing', 1],
  ['failed', 1],
  ['unknown', 1],
];
const REFUSED: readonly (readonly [string, number, number])[] = [
  ['excluded', 403, 3],
  ['refused', 403, 3],
  ['unknown-agent', 403, 3],
  ['past-deadline', 409, 4],
  ['use-by-passed', 409, 4],
  ['grant-expired', 409, 4],
  ['grant-spent', 409, 1],
  ['not-pending', 409, 1],
  ['invalid-arguments', 422, 1],
];

const never = (): never => {
  throw new Error('not reached');
};

/** How `exec` ends when the gateway answers a proposal so. */
async function execExit(propose: ExecClient['propose']): Promise<number> {
  const gate = createExecGate({
    client: { propose, wait: async (id) => propose({ id } as never), redeem: never, report: never },
    key: new Uint8Array(32),
    environment: { PATH: process.env['PATH'] },
    identities: {},
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  });
  return (await gate.run({ argv: ['true'], cwd: '/', host: 'h' })).exit;
}

describe('R10 one table of exit codes', () => {
  test.each(UNRUN)('%s: %i, in act and in exec', async (state, code) => {
    expect(exitOf(state)).toBe(code);
    expect(await execExit(async () => ({ id: 'act_1', state, reasons: [] }))).toBe(code);
  });

  test.each(REFUSED)('refused as %s (%i): %i, in both', async (word, status, code) => {
    const error = Object.assign(new Error(word), { code: word, status, retryable: false });
    expect(exitOfRefusal(error)).toBe(code);
    expect(await execExit(() => Promise.reject(error))).toBe(code);
  });

  test.each(['allowed', 'approved', 'executed'] as const)('%s: 0', (state) => {
    expect(exitOf(state)).toBe(0);
  });
});
