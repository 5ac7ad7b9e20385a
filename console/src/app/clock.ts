import { signal, type Signal } from '@preact/signals';

/** The time, a second at a time, for everything that counts down. */
export const now: Signal<number> = signal(Date.now());

/** Starts the clock; it stands still while nobody looks. */
export function startClock(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible') now.value = Date.now();
  }, 1_000);
  document.addEventListener('visibilitychange', () => {
    now.value = Date.now();
  });
}
