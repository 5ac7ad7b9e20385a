import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  createExecGate,
  type ExecClient,
  type ExecResult,
  type SecretReferences,
} from '@countersign/gate-exec';
import { createClient } from '@countersign/sdk';
import { Failure, type Call, type Run } from '../command.ts';
import { identityOf, ownFolder } from '../credentials.ts';
import type { Io } from '../io.ts';
import { plain } from '../text.ts';
import { waitShown } from '../waiting.ts';
import { durationOf } from './act.ts';

/** Gates a command: asks for it, runs it here once it is released, reports how it ended. */
export const exec: Run = async (call) => {
  const { io, rest } = call;
  const [claim, onBehalfOf, identity] = ['claim', 'on-behalf-of', 'as'].map(call.text);
  const [waitMs, timeoutMs] = [durationOf(call, 'timeout'), durationOf(call, 'limit')];
  const interrupted: { by?: number } = {};
  const gate = createExecGate({
    client: clientOf(call, interrupted),
    key: randomBytes(32), // fingerprints of masked values are comparable within one run
    environment: io.env,
    identities: identity === undefined ? {} : readIdentities(io),
    stdout: call.has('json') ? writable(io.err) : writable(io.out),
    stderr: writable(io.err),
    forward: ['SIGINT', 'SIGTERM', 'SIGHUP'],
  });
  const result = await gate.run({
    argv: rest,
    cwd: io.cwd,
    host: call.text('host') ?? hostname(),
    env: call.list('env'),
    ...(call.has('stdin') ? { stdin: await readAll(io) } : {}),
    ...(claim === undefined ? {} : { claim }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(identity === undefined ? {} : { identity }),
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  tell(call, result);
  return interrupted.by ?? result.exit;
};

/** The SDK's client, waiting where a person can see it. */
function clientOf(call: Call, interrupted: { by?: number }): ExecClient {
  const agent = call.text('agent');
  const as = (option: string): string | undefined => (option === 'as' ? agent : call.text(option));
  const client = createClient(identityOf({ ...call, text: as }, 'agent'));
  return {
    ...client,
    wait: async (id, { timeoutMs }) => {
      const options = timeoutMs === undefined ? {} : { timeoutMs };
      const pending = await client.status(id);
      const { status, interruptedBy } = await waitShown(call.io, client, pending, options);
      if (interruptedBy !== undefined) interrupted.by = interruptedBy;
      return status;
    },
  };
}

function tell({ io, has }: Call, { exit, message, status, isReported, ran }: ExecResult): void {
  if (has('json')) {
    const { recording: _, ...end } = ran ?? { recording: undefined };
    io.out(
      `${JSON.stringify({ exit, message, status, ...(ran ? { ran: end, isReported } : {}) })}\n`,
    );
  } else if (exit !== 0 || isReported === false) io.err(`countersign: ${plain(message)}\n`);
}

/** ATTACKER: only the user's own folder names secrets; a project's files cannot. */
function readIdentities(io: Io): Readonly<Record<string, SecretReferences>> {
  const file = join(ownFolder(io), 'identities.json');
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isIdentities(parsed)) return parsed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Failure('no-identities', `there is no \`${file}\``, {
        exitCode: 2,
        hint: 'write {"NAME": {"VARIABLE": "file:/path"}} there',
      });
  }
  throw new Failure(
    'identities-invalid',
    `\`${file}\` is not {"NAME": {"VARIABLE": "file:/path"}}`,
  );
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isIdentities = (value: unknown): value is Record<string, SecretReferences> =>
  isRecord(value) &&
  Object.values(value).every(
    (one) => isRecord(one) && Object.values(one).every((text) => typeof text === 'string'),
  );

async function readAll({ stdin }: Io): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const writable = (write: (chunk: Uint8Array) => void): Writable =>
  new Writable({
    write: (chunk: Buffer, _, done) => {
      write(chunk);
      done();
    },
  });
