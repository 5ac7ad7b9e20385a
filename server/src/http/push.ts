import { pushEndpoint, type PushHosts, type Subscriptions } from '@countersign/channel-push';
import { json, personOf, type Handlers } from './exchange.ts';
import { refuse } from './refuse.ts';

/** How people's browsers are woken; absent where that is not configured. */
export type PushParts = {
  readonly publicKey: string;
  readonly hosts: PushHosts;
  readonly subscriptions: Subscriptions;
};

type PushRoutes = Pick<Handlers, 'pushKey' | 'pushSubscribe' | 'pushUnsubscribe'>;

/** A person's own browsers, and nobody else's. */
export function pushRoutes(push: PushParts | undefined): PushRoutes {
  const devices = async ({ subscriptions }: PushParts, id: string) =>
    json(200, { devices: (await subscriptions.of(id)).length });
  return {
    pushKey: (exchange) =>
      push ? json(200, { key: push.publicKey }) : refuse(exchange, 'push-off'),
    pushSubscribe: async (exchange) => {
      if (!push) return refuse(exchange, 'push-off');
      const { endpoint, keys } = exchange.body;
      if (!pushEndpoint(endpoint, push.hosts)) return refuse(exchange, 'push-endpoint-refused');
      const { id } = personOf(exchange);
      const [p256dh, auth] = [keys.p256dh, keys.auth].map((key) => Buffer.from(key, 'base64url'));
      if (!p256dh || !auth || p256dh[0] !== 4)
        return refuse(exchange, 'invalid-request', { path: '$.keys', detail: 'is no key pair' });
      const isAdded = await push.subscriptions.add(id, { endpoint, keys: { p256dh, auth } });
      return isAdded ? devices(push, id) : refuse(exchange, 'too-many-devices');
    },
    pushUnsubscribe: async (exchange) => {
      if (!push) return refuse(exchange, 'push-off');
      const { id } = personOf(exchange);
      await push.subscriptions.remove(id, exchange.body.endpoint);
      return devices(push, id);
    },
  };
}
