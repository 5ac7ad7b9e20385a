import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createExecGate,
  type ExecClient,
  type ExecReport,
  type ExecRequest,
  type ExecResult,
  type ExecStatus,
} from '../src/gate.ts';
import { digest, key, PATH, Screen } from './stand.ts';

class Refused extends Error {
  readonly code: string;
  readonly retryable = false;
  constructor(code: string) {
    super(`refused: ${code}`);
    this.code = code;
  }
}

const status = (state: string): ExecStatus => ({
  id: 'act_1',
  state,
  reasons: state === 'denied' ? ['never'] : [],
  ...(state === 'allowed' || state === 'approved' ? { grant: 'grant' } : {}),
});

/** A gateway in memory: decides as told, releases once what it stored. */
function createGateway(told: {
  readonly first?: string;
  readonly later?: string;
  readonly edit?: (stored: Record<string, unknown>) => unknown;
  readonly fail?: Partial<Record<keyof ExecClient, Error>>;
}): { client: ExecClient; reports: ExecReport[]; proposed: Record<string, unknown>[] } {
  const reports: ExecReport[] = [];
  const proposed: Record<string, unknown>[] = [];
  let spent = false;
  const orFail = <T>(step: keyof ExecClient, value: () => T): Promise<T> => {
    const error = told.fail?.[step];
    return error ? Promise.reject(error) : Promise.resolve().then(value);
  };
  const client: ExecClient = {
    propose: (proposal) =>
      orFail('propose', () => {
        proposed.push(structuredClone(proposal.arguments));
        return status(told.first ?? 'allowed');
      }),
    wait: (_, { onProgress }) =>
      orFail('wait', () => {
        onProgress?.(status('pending'));
        return status(told.later ?? 'approved');
      }),
    redeem: () =>
      orFail('redeem', () => {
        if (spent) throw new Refused('grant-spent');
        spent = true;
        const args = structuredClone(proposed[0] ?? {});
        return { actionId: 'act_1', arguments: told.edit ? told.edit(args) : args };
      }),
    report: (_, report) => orFail('report', () => reports.push(report)),
  };
  return { client, reports, proposed };
}

async function run(
  told: Parameters<typeof createGateway>[0],
  more: Partial<ExecRequest> = {},
): Promise<
  ReturnType<typeof createGateway> & {
    result: ExecResult;
    out: string;
    folder: string;
    touched: readonly string[];
  }
> {
  const folder = await mkdtemp(join(tmpdir(), 'exec-'));
  const gateway = createGateway(told);
  const stdout = new Screen();
  const gate = createExecGate({
    client: gateway.client,
    key,
    environment: { PATH, VAULT: 'from-the-vault', EXTRA: 'x1' },
    identities: { deploy: { DEPLOY_KEY: 'env:VAULT' } },
    stdout,
    stderr: new Screen(),
  });
  const result = await gate.run({ argv: ['touch', 'ran'], cwd: folder, host: 'ci', ...more });
  return { ...gateway, result, out: stdout.text, folder, touched: await readdir(folder) };
}

describe('the way through', () => {
  test('allowed: runs, reports, exit 0', async () => {
    const { result, touched, reports, proposed, folder } = await run({});
    expect(result).toMatchObject({ exit: 0, isReported: true, ran: { end: 'exited', code: 0 } });
    expect(touched).toEqual(['ran']);
    expect(reports).toEqual([
      {
        outcome: 'executed',
        exitCode: 0,
        summary: 'the command ended with code 0; 0 bytes of output, 0 of errors',
        resultDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
    ]);
    expect(proposed[0]).toEqual({
      argv: ['touch', 'ran'],
      cwd: folder,
      binary: {
        path: expect.stringMatching(/^\//),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      env: ['PATH'],
      stdin: null,
      identity: null,
    });
  });

  test('pending, then approved: waits with progress', async () => {
    const seen: string[] = [];
    const { result, touched } = await run(
      { first: 'pending' },
      { onProgress: ({ state }) => seen.push(state) },
    );
    expect(result.exit).toBe(0);
    expect(seen).toEqual(['pending', 'pending']);
    expect(touched).toEqual(['ran']);
  });

  test('a failing command: exit 1, its own code reported', async () => {
    const { result, reports } = await run({}, { argv: ['sh', '-c', 'exit 42'] });
    expect(result).toMatchObject({ exit: 1, ran: { code: 42 } });
    expect(reports).toMatchObject([{ outcome: 'failed', exitCode: 42 }]);
  });

  test('R9: an identity gives secrets to the child; proposal, report and screen hold none', async () => {
    const { result, out, reports, proposed } = await run(
      {},
      {
        argv: [
          'sh',
          '-c',
          'echo "key $DEPLOY_KEY"; test "$DEPLOY_KEY" = "$(printf from-the-%s vault)"',
        ],
        identity: 'deploy',
        env: ['EXTRA'],
      },
    );
    expect(result.exit).toBe(0);
    expect(out).toMatch(/^key ‹secret.injected·14·fp:....›\n$/);
    expect(proposed[0]).toMatchObject({ identity: 'deploy', env: ['DEPLOY_KEY', 'EXTRA', 'PATH'] });
    expect(JSON.stringify([reports, result])).not.toContain('from-the-vault');
    expect(JSON.stringify(proposed[0]?.['env'])).not.toContain('x1');
  });

  test('input is bound by its digest', async () => {
    const { out, proposed } = await run({}, { argv: ['cat'], stdin: Buffer.from('hello\n') });
    expect(out).toBe('hello\n');
    expect(proposed[0]).toMatchObject({ stdin: { sha256: digest('hello\n') } });
  });
});

describe('R3: what is stored runs, not what the caller says', () => {
  test('the stored words run', async () => {
    const { touched } = await run({ edit: (stored) => ({ ...stored, argv: ['touch', 'stored'] }) });
    expect(touched).toEqual(['stored']);
  });
  test.each([
    ['another binary', { binary: { path: '/bin/sh', sha256: 'b'.repeat(64) } }],
    ['another input', { stdin: { sha256: 'b'.repeat(64) } }],
    ['an identity we do not have', { identity: 'root' }],
    ['no arguments', { argv: [] }],
    ['more arguments', { extra: 1 }],
  ])('%s: nothing runs, and that is reported', async (_, change) => {
    const { result, touched, reports } = await run({
      edit: (stored) => ({ ...stored, ...change }),
    });
    expect(result).toMatchObject({ exit: 1, isReported: true });
    expect(result.ran).toBeUndefined();
    expect(touched).toEqual([]);
    expect(reports).toMatchObject([
      { outcome: 'failed', summary: expect.stringMatching(/^not started/) },
    ]);
  });
});

describe('R2 R10: every no, and every silence, has its own exit code and runs nothing', () => {
  const away = new TypeError('fetch failed');
  test.each([
    ['denied', { first: 'denied' }, 3],
    ['denied by people', { first: 'pending', later: 'denied' }, 3],
    ['expired', { first: 'pending', later: 'expired' }, 4],
    ['still pending', { first: 'pending', later: 'pending' }, 4],
    ['budget', { first: 'budget-exhausted' }, 4],
    ['unsatisfiable', { first: 'unsatisfiable' }, 4],
    ['withdrawn', { first: 'pending', later: 'cancelled' }, 4],
    ['taken back', { first: 'pending', later: 'revoked' }, 3],
    ['too late at redeem', { fail: { redeem: new Refused('use-by-passed') } }, 4],
    ['ran before', { first: 'executed' }, 1],
    ['a state we do not know', { first: 'whatever' }, 1],
    ['away at propose', { fail: { propose: away } }, 5],
    ['away while waiting', { first: 'pending', fail: { wait: away } }, 5],
    ['away at redeem', { fail: { redeem: away } }, 5],
    ['policy says no at redeem', { fail: { redeem: new Refused('refused') } }, 3],
    ['grant spent', { fail: { redeem: new Refused('grant-spent') } }, 1],
    ['not a valid proposal', { fail: { propose: new Refused('invalid-arguments') } }, 1],
  ] as const)('%s', async (_, told, exit) => {
    const { result, touched, reports } = await run(told);
    expect(result.exit).toBe(exit);
    expect(result.message).toMatch(/^NOT EXECUTED, /);
    expect(result.ran).toBeUndefined();
    expect([touched, reports]).toEqual([[], []]);
  });

  test('a program that is not there is not even proposed', async () => {
    const { result, proposed } = await run({}, { argv: ['no-such-program-here'] });
    expect([result.exit, proposed]).toEqual([2, []]);
  });

  test('a run that could not be reported is not hidden', async () => {
    const { result, touched } = await run({ fail: { report: away } });
    expect(result).toMatchObject({
      exit: 0,
      isReported: false,
      message: expect.stringContaining('do not run it again'),
    });
    expect(touched).toEqual(['ran']);
  });
});
