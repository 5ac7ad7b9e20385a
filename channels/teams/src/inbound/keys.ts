import type { Clock } from '@countersign/core';
import type { JWTVerifyGetKey } from 'jose';
import { call } from '../outbound/call.ts';
import type { Bot } from '../settings.ts';

/** The keys the connector signs with, and what each vouches for. */
export type Keys = {
  readonly find: JWTVerifyGetKey;
  /** Channels a key may speak for. */
  readonly endorsed: (kid: string) => readonly string[];
};

const METADATA_MS = 86_400_000;
const TIMEOUT_MS = 3_000;
const COOLDOWN_MS = 30_000;
/** One that is not published any more is not believed for longer than this. */
const KEPT_MS = 3_600_000;

/** Fetches them by the vendor's metadata; throws while that cannot be had. Unknown keys are asked for twice a minute at most. */
export function createKeys(bot: Bot, clock: Clock, closing: AbortSignal): () => Promise<Keys> {
  let held: { readonly until: number; readonly keys: Keys } | undefined;
  let coming: Promise<Keys> | undefined;

  async function load(): Promise<Keys> {
    const limits = { timeoutMs: Math.min(TIMEOUT_MS, bot.timeoutMs), closing };
    const answer = await call(bot.openIdMetadata, {}, limits);
    const address = answer.kind === 'answered' ? answer.body['jwks_uri'] : undefined;
    const url = typeof address === 'string' ? URL.parse(address) : null;
    // ATTACKER: keys come the way their metadata came, never by a weaker one
    if (!url || url.protocol !== new URL(bot.openIdMetadata).protocol)
      throw new Error('the metadata of the keys could not be read');
    const { createRemoteJWKSet } = await import('jose');
    const remote = createRemoteJWKSet(url, {
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: KEPT_MS,
      timeoutDuration: TIMEOUT_MS,
    });
    const keys: Keys = {
      find: remote,
      endorsed: (kid) => {
        const keySet: readonly Readonly<Record<string, unknown>>[] = remote.jwks()?.keys ?? [];
        const known = keySet.filter((key) => key['kid'] === kid);
        const list: unknown = known.length === 1 ? known[0]?.['endorsements'] : undefined;
        return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
      },
    };
    held = { until: clock() + METADATA_MS, keys };
    return keys;
  }

  return () => {
    if (held && clock() < held.until) return Promise.resolve(held.keys);
    coming ??= load().finally(() => (coming = undefined));
    return coming;
  };
}
