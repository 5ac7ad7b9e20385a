// The worker shows that a decision is needed and opens the page; it caches nothing and decides nothing.

type Late = { readonly waitUntil: (work: Promise<unknown>) => void };
type Pushed = Late & { readonly data: { readonly json: () => unknown } | null };
type Clicked = Late & {
  readonly notification: { readonly close: () => void; readonly data: { readonly path: string } };
};
type Tab = {
  readonly focus: () => Promise<unknown>;
  readonly navigate: (path: string) => Promise<unknown>;
};
/** The part of a service worker's scope that is used here; its library and that of pages exclude each other. */
export type Scope = {
  readonly skipWaiting: () => Promise<void>;
  readonly clients: {
    readonly claim: () => Promise<void>;
    readonly matchAll: (options: { type: 'window' }) => Promise<readonly Tab[]>;
    readonly openWindow: (path: string) => Promise<unknown>;
  };
  readonly registration: {
    readonly showNotification: (title: string, options: NotificationOptions) => Promise<void>;
  };
  readonly addEventListener: {
    (type: 'install' | 'activate', heard: (event: Late) => void): void;
    (type: 'push', heard: (event: Pushed) => void): void;
    (type: 'notificationclick', heard: (event: Clicked) => void): void;
  };
};
const scope: Scope = globalThis as unknown as Scope;

const APPROVAL = /^apr_[\w-]{1,64}$/;

/** ATTACKER: whoever stole a subscription may send any text: only an id of ours is taken from it. */
function approvalOf(data: Pushed['data']): string | undefined {
  try {
    const { approvalId } = (data?.json() ?? {}) as { approvalId?: unknown };
    return typeof approvalId === 'string' && APPROVAL.test(approvalId) ? approvalId : undefined;
  } catch {
    return undefined;
  }
}

scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()));
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('push', (event) => {
  const approvalId = approvalOf(event.data);
  event.waitUntil(
    scope.registration.showNotification('Approval needed', {
      body: approvalId === undefined ? 'Open the inbox' : `Request …${approvalId.slice(-8)}`,
      icon: '/assets/icon-192.png',
      tag: approvalId ?? 'inbox',
      data: { path: approvalId === undefined ? '/' : `/a/${approvalId}` },
    }),
  );
});

scope.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

/** The page, in a window that is open already where there is one. */
async function open(path: string): Promise<void> {
  const [first] = await scope.clients.matchAll({ type: 'window' });
  if (!first) return void (await scope.clients.openWindow(path));
  await first.focus();
  await first.navigate(path);
}
