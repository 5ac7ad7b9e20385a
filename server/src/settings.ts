import type { Settings } from '@countersign/core';
import type { Config } from './config/config.ts';
import { authorityOf } from './listen.ts';
import { isLoopbackHost } from './loopback.ts';

/** Version of the gateway and its contract. */
export const VERSION = '0.1.0';

/** Where people and agents reach the gateway. */
export const publicUrlOf = ({ publicUrl, listen: { host, port } }: Config): string =>
  publicUrl ?? `http://${authorityOf(host, port)}`;

/** Origin of the ledger: its public prefix, or the installation's random name while there is no public host. */
export function originOf({ publicUrl }: Config, installation: string): string {
  const { host, hostname } = new URL(publicUrl ?? 'http://localhost');
  return isLoopbackHost(hostname) ? `localhost/${installation}` : `${host}/ledger`;
}

/** What core is told of the configuration. */
export const settingsOf = (
  { limits, timeZone }: Config,
  { origin, epochBegan }: Pick<Settings, 'origin' | 'epochBegan'>,
): Settings => ({
  origin,
  ...(epochBegan !== undefined && { epochBegan }),
  grantMs: limits.grantMs,
  executionMs: limits.executionMs,
  denialMs: limits.denialMs,
  idempotencyMs: limits.idempotencyMs,
  maxPending: limits.maxPendingPerAgent,
  maxPendingPerSession: limits.maxPendingPerSession,
  maxPendingPerOwner: limits.maxPendingPerOwner,
  denialsBeforeLock: limits.denialsBeforeLock,
  glassUseMs: limits.glassUseMs,
  glassReviewMs: limits.glassReviewMs,
  timeZone,
});
