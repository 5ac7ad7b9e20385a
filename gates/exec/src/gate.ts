import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { canonical, type Json } from '@countersign/core';
import type { ExecArguments } from './action-of.ts';
import { resolveBinary } from './binary.ts';
import { BASE_VARIABLES, execute, type Ran } from './execute.ts';
import { ExecFailure } from './failure.ts';
import { resolveSecrets, type SecretReferences } from './secrets.ts';
import { readArguments } from './understand.ts';

/** Where an action stands, as far as this gate needs to know. */
export type ExecStatus = {
  readonly id: string;
  readonly state: string;
  readonly approvalId?: string;
  readonly reasons: readonly string[];
  /** Present once it may run. */
  readonly grant?: string;
};

export type ExecReport = {
  readonly outcome: 'executed' | 'failed';
  readonly exitCode?: number;
  readonly summary?: string;
  readonly resultDigest?: string;
};

/**
 * The way to a gateway. Obligations: whatever throws released nothing; an error with `retryable: false` is the
 * gateway's own no, with its HTTP `status`; any other means that it did not answer. A client of `@countersign/sdk`
 * is one as it is.
 */
export type ExecClient = {
  readonly propose: (proposal: {
    readonly type: string;
    readonly resource: { readonly type: string; readonly id: string };
    readonly arguments: { readonly [name: string]: unknown };
    readonly claim?: string;
    readonly onBehalfOf?: string;
  }) => Promise<ExecStatus>;
  readonly wait: (
    id: string,
    waiting: {
      readonly onProgress?: (status: ExecStatus) => void;
      readonly timeoutMs?: number;
      readonly signal?: AbortSignal;
    },
  ) => Promise<ExecStatus>;
  readonly redeem: (
    grant: string,
  ) => Promise<{ readonly actionId: string; readonly arguments: unknown }>;
  readonly report: (id: string, report: ExecReport) => Promise<unknown>;
};

/** A command that someone wants to run. */
export type ExecRequest = {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Id of the `Host` resource it runs on. */
  readonly host: string;
  readonly stdin?: Uint8Array;
  /** Whose secrets it gets. */
  readonly identity?: string;
  /** More variables to hand over, by name. */
  readonly env?: readonly string[];
  readonly claim?: string;
  readonly onBehalfOf?: string;
  readonly timeoutMs?: number;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (status: ExecStatus) => void;
};

/** Exit codes of `countersign exec`. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5;

/** How it ended. `ran` is present exactly when the command was started. */
export type ExecResult = {
  readonly exit: ExitCode;
  /** One line for a person. */
  readonly message: string;
  readonly status?: ExecStatus;
  readonly ran?: Ran;
  /** False when it ran and the gateway could not be told: there it becomes `unknown`. */
  readonly isReported?: boolean;
};

export type ExecGate = { readonly run: (request: ExecRequest) => Promise<ExecResult> };

/** Parts of the gate on the machine where commands run. */
export type ExecGateParts = {
  readonly client: ExecClient;
  /** Keys the fingerprints of masked values. */
  readonly key: Uint8Array;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Secrets of each identity, by reference. */
  readonly identities: { readonly [identity: string]: SecretReferences };
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly forward?: readonly NodeJS.Signals[];
};

/** Makes the gate: propose, wait, redeem, run the stored command, report. Nothing runs on any other way out. */
export function createExecGate(parts: ExecGateParts): ExecGate {
  return {
    run: async (request) => {
      try {
        const status = await ask(parts, request);
        if (status.grant === undefined) return notRun(status);
        return await runGranted(parts, request, status, status.grant);
      } catch (error) {
        return notRunBecause(error, request.signal?.aborted === true);
      }
    },
  };
}

async function ask({ client, ...parts }: ExecGateParts, request: ExecRequest): Promise<ExecStatus> {
  const args = await argumentsOf(parts, request);
  const { claim, onBehalfOf, onProgress, waitMs, signal } = request;
  const status = await client.propose({
    type: 'shell.exec',
    resource: { type: 'Host', id: request.host },
    arguments: args,
    ...(claim === undefined ? {} : { claim }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  });
  onProgress?.(status);
  if (status.state !== 'pending') return status;
  return client.wait(status.id, {
    ...(onProgress ? { onProgress } : {}),
    ...(waitMs === undefined ? {} : { timeoutMs: waitMs }),
    ...(signal ? { signal } : {}),
  });
}

async function argumentsOf(
  { environment, identities }: Pick<ExecGateParts, 'environment' | 'identities'>,
  request: ExecRequest,
): Promise<ExecArguments> {
  const { argv, cwd, stdin, identity } = request;
  const named = [
    ...BASE_VARIABLES.filter((name) => environment[name] !== undefined),
    ...(request.env ?? []),
  ];
  const secrets = identity === undefined ? [] : Object.keys(secretsOf(identities, identity));
  return {
    argv,
    cwd,
    binary: await resolveBinary(argv[0] ?? '', { path: environment['PATH'] ?? '', cwd }),
    env: [...new Set([...named, ...secrets])].toSorted(),
    stdin: stdin ? { sha256: createHash('sha256').update(stdin).digest('hex') } : null,
    identity: identity ?? null,
  };
}

function secretsOf(identities: ExecGateParts['identities'], identity: string): SecretReferences {
  const references = Object.hasOwn(identities, identity) ? identities[identity] : undefined;
  if (!references)
    throw new ExecFailure(
      'unknown-identity',
      `identity \`${identity}\` is not configured on this machine`,
    );
  return references;
}

async function runGranted(
  parts: ExecGateParts,
  request: ExecRequest,
  status: ExecStatus,
  grant: string,
): Promise<ExecResult> {
  const released = await parts.client.redeem(grant);
  let ran: Ran;
  try {
    // R3: the stored action runs; the caller's copy only brings what is not stored, and must match by digest
    const stored = readArguments(released.arguments as Json);
    if (!stored.ok || released.actionId !== status.id)
      throw new ExecFailure('bad-grant', 'the gateway released another action; nothing was run');
    const { args } = stored.value;
    const { identity } = args;
    ran = await execute(args, {
      ...parts,
      secrets:
        identity === null
          ? {}
          : await resolveSecrets(secretsOf(parts.identities, identity), parts.environment),
      ...(request.stdin ? { stdin: request.stdin } : {}),
      ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
      ...(request.signal ? { signal: request.signal } : {}),
    });
  } catch (error) {
    const summary = error instanceof ExecFailure ? `not started: ${error.code}` : 'not started';
    const isReported = await tell(parts.client, released.actionId, { outcome: 'failed', summary });
    return { exit: 1, message: textOf(error), status, isReported };
  }
  return finish(parts.client, status, released.actionId, ran);
}

async function finish(
  client: ExecClient,
  status: ExecStatus,
  actionId: string,
  ran: Ran,
): Promise<ExecResult> {
  const message = sentence(ran);
  // R4: no report where we cannot tell; the gateway makes it `unknown` and shows it to a person
  if (ran.end === 'unknown') return { exit: 1, message, status, ran, isReported: false };
  const isReported = await tell(client, actionId, reportOf(ran, message));
  const warning = isReported ? '' : '; the gateway could not be told, do not run it again';
  return { exit: isDone(ran) ? 0 : 1, message: message + warning, status, ran, isReported };
}

const isDone = (ran: Ran): boolean => ran.end === 'exited' && ran.code === 0;

/** What the ledger keeps of a run: codes, sizes and the digest of the masked output, none of its text (R9). */
function reportOf(ran: Ran, message: string): ExecReport {
  const { stdout, stderr } = ran.recording;
  const digest = createHash('sha256')
    .update(canonical({ stdout: stdout.sha256, stderr: stderr.sha256 }))
    .digest('hex');
  return {
    outcome: isDone(ran) ? 'executed' : 'failed',
    ...(ran.end === 'exited' ? { exitCode: ran.code } : {}),
    summary: `${message}; ${stdout.bytes} bytes of output, ${stderr.bytes} of errors`,
    resultDigest: `sha256:${digest}`,
  };
}

function sentence(ran: Ran): string {
  switch (ran.end) {
    case 'exited':
      return `the command ended with code ${ran.code}`;
    case 'killed':
      return ran.isTimeout
        ? `the command was ended by ${ran.by} because its time was over`
        : `the command was ended by ${ran.by}`;
    case 'unknown':
      return 'the command was started and may have run; it is not run again';
  }
}

async function tell(client: ExecClient, id: string, report: ExecReport): Promise<boolean> {
  try {
    await client.report(id, report);
    return true;
  } catch {
    return false;
  }
}

/** States, and refusals, in which nobody said no: time, or who was asked, ran out (R10). */
const UNDECIDED: ReadonlySet<string> = new Set([
  'pending',
  'expired',
  'unsatisfiable',
  'budget-exhausted',
  'lapsed',
  'cancelled',
  'superseded',
  'past-deadline',
  'use-by-passed',
  'grant-expired',
]);
const DENIED: ReadonlySet<string> = new Set(['denied', 'refused', 'revoked']);

function notRun(status: ExecStatus): ExecResult {
  const { state, id, approvalId, reasons } = status;
  const why = reasons.length > 0 ? `: ${reasons.join('; ')}` : '';
  const exit = DENIED.has(state) ? 3 : UNDECIDED.has(state) ? 4 : 1;
  return { exit, message: `NOT EXECUTED, ${state} (${approvalId ?? id})${why}`, status };
}

function notRunBecause(error: unknown, isAborted: boolean): ExecResult {
  if (isAborted) return { exit: 4, message: 'NOT EXECUTED, waiting was stopped' };
  if (error instanceof ExecFailure)
    return {
      exit: error.code === 'not-found' || error.code === 'unknown-identity' ? 2 : 1,
      message: `NOT EXECUTED, ${error.message}`,
    };
  const { code, retryable, status } = error as Readonly<Record<string, unknown>>;
  if (retryable !== false)
    return {
      exit: 5,
      message: `NOT EXECUTED, ${code === 'gateway-unreachable' ? '' : 'the gateway did not answer: '}${textOf(error)}`,
    };
  const said = typeof code === 'string' ? code : '';
  return {
    exit: status === 403 || DENIED.has(said) ? 3 : UNDECIDED.has(said) ? 4 : 1,
    message: `NOT EXECUTED, ${textOf(error)}`,
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
