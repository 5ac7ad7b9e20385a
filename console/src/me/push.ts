import { get, post } from '../http/client.ts';

const SCRIPT = '/sw.js';

type TrustedTypes = {
  createPolicy: (
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ) => { createScriptURL: (url: string) => unknown };
};

/** The one script address that may be loaded by name, under `require-trusted-types-for 'script'`. */
function workerAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('countersign', {
    createScriptURL: (url) => {
      if (url !== SCRIPT) throw new TypeError('only the worker of the console');
      return url;
    },
  });
  return (policy?.createScriptURL(SCRIPT) ?? SCRIPT) as string;
}

/** Registers the worker, so that the console can be installed and can be woken. */
export function keepWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(workerAddress()).catch(() => undefined); // the console works without
}

/** Whether this browser is told of new requests; undefined where it cannot be. */
export async function pushState(): Promise<PushSubscription | 'off' | undefined> {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) return undefined;
  const registration = await navigator.serviceWorker.getRegistration();
  return registration && ((await registration.pushManager.getSubscription()) ?? 'off');
}

/** Asks the browser, then tells the gateway where to send. */
export async function turnPushOn(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  const { key } = await get<{ key: string }>('/v1/push/key');
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint, keys } = subscription.toJSON();
  await post('/v1/me/push', { endpoint, keys });
}

/** Takes it back, at the gateway first. */
export async function turnPushOff(subscription: PushSubscription): Promise<void> {
  await post('/v1/me/push/remove', { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}
