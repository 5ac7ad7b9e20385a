import {
  createSender,
  createSubscriptions,
  deriveVapidKey,
  type PushHosts,
} from '@countersign/channel-push';
import { deriveKey, type Leases, type Parts } from '@countersign/core';
import type { Config } from './config/config.ts';
import type { Figures } from './figures.ts';
import { followPush } from './followers/push.ts';
import type { PushParts } from './http/push.ts';
import { isLoopbackHost } from './loopback.ts';

/** Opens Web Push where it is configured; its keys come from the installation's own secret. */
export function openPush(of: {
  readonly config: Config;
  readonly publicUrl: string;
  readonly parts: Parts;
  readonly leases: Pick<Leases, 'hold'>;
  readonly figures: Pick<Figures, 'count'>;
  readonly onFailure: (error: unknown) => void;
  readonly opening: AsyncDisposableStack;
}): PushParts | undefined {
  const { config, publicUrl, parts, leases, figures, onFailure, opening } = of;
  if (!config.push) return undefined;
  const { store, clock, secrets } = parts;
  const { masterKey } = secrets;
  const key = deriveVapidKey((purpose) => deriveKey(masterKey, purpose, new Uint8Array(0)));
  const { contact, hosts: more } = config.push;
  const hosts: PushHosts = {
    more,
    isLoopbackAllowed: isLoopbackHost(new URL(publicUrl).hostname),
  };
  const subscriptions = createSubscriptions(store, { masterKey, clock });
  const send = createSender({ key, contact, hosts, now: clock });
  const onDelivered = (delivery: string): void =>
    figures.count('countersign_push_total', { delivery });
  opening.defer(followPush({ parts, leases, subscriptions, send, onDelivered, onFailure }));
  return { publicKey: key.publicKey, hosts, subscriptions };
}
