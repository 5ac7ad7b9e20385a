import { signal, type Signal } from '@preact/signals';

/** Something changed about an approval. */
export type Change = {
  readonly approvalId: string;
  readonly state: string;
  readonly version: number;
};

/** Whether changes arrive as they happen; else the pages ask from time to time. */
export const isLive: Signal<boolean> = signal(false);

const POLL_MS = 10_000;
type Listener = (change: Change | undefined) => void;
const listeners = new Set<Listener>();
let stop: (() => void) | undefined;

/** Hears of every change; `undefined` means that some may have been missed. The connection lives as long as a listener. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  stop ??= connect();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = undefined;
  };
}

const tell = (change?: Change): void => {
  for (const listener of listeners) listener(change);
};

function connect(): () => void {
  const source = new EventSource('/v1/approvals/events');
  source.addEventListener('open', () => {
    if (!isLive.value) tell();
    isLive.value = true;
  });
  source.addEventListener('hello', () => tell());
  source.addEventListener('approval', (event) => {
    if (event instanceof MessageEvent && typeof event.data === 'string')
      tell(JSON.parse(event.data) as Change);
  });
  source.addEventListener('error', () => {
    isLive.value = false;
  });
  const timer = setInterval(() => {
    if (!isLive.value && document.visibilityState === 'visible') tell();
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    source.close();
    isLive.value = false;
  };
}
