import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readTrust, type Result, type Trust } from '@countersign/verify';
import { nodePrimitives } from '@countersign/verify/node';
import { Failure, Usage, type Call } from './command.ts';
import type { Io } from './io.ts';

/** Whom to believe, as the person says: never fetched from the gateway whose word is being checked. */
export async function readTrusted(call: Call): Promise<Trust> {
  const file = call.text('trust') ?? call.io.env['COUNTERSIGN_TRUST'];
  if (file === undefined)
    throw new Usage(
      '`--trust FILE` (or COUNTERSIGN_TRUST) is missing: it says which log to believe',
    );
  const keys = call.text('grant-keys');
  const trust = await readTrust(read(call.io, file), {
    primitives: nodePrimitives,
    ...(keys === undefined ? {} : { grantKeys: read(call.io, keys) }),
  });
  if (!trust.ok) throw new Failure(trust.failure.code, trust.failure.message, { exitCode: 2 });
  return trust.value;
}

function read({ cwd }: Io, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch {
    throw new Failure('unreadable', `\`${file}\` cannot be read`, { exitCode: 2 });
  }
}

/** What was verified, or what failed, as one JSON value; bytes as hex. */
export function printJson<T>(io: Io, result: Result<T>): void {
  const body = result.ok
    ? { verified: true, ...result.value }
    : { verified: false, ...result.failure };
  io.out(`${JSON.stringify(body, plainBytes)}\n`);
}

const plainBytes = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
