import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { ListenOptions } from '@countersign/gate-postgres';
import type { PostgresTls } from '../config/postgres.ts';
import { StartFailure } from '../start-failure.ts';

const read = (path: string): Promise<string> => readFile(path, 'utf8');

/** What the gate shows clients, and whom it believes. */
export async function tlsOf(tls: PostgresTls | undefined): Promise<ListenOptions['tls']> {
  if (!tls) return undefined;
  try {
    const [cert, key] = await Promise.all([read(tls.cert), read(tls.key)]);
    const clientCa = tls.clientCa === undefined ? undefined : await read(tls.clientCa);
    const material = { cert, key, ...(clientCa === undefined ? {} : { clientCa }) };
    // throws unless they fit each other
    createSecureContext(material);
    return material;
  } catch (cause) {
    throw new StartFailure('postgres-tls', 'the database gate has no good certificate', {
      hint: 'let `cert`, `key` and `client_ca` of `postgres.tls` name PEM files that fit each other',
      lines: [cause instanceof Error ? cause.message : String(cause)],
      cause,
    });
  }
}
