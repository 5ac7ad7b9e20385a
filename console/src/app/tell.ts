import { signal, type Signal } from '@preact/signals';

/** What is read out to whoever does not see the screen, and shown for a moment to whoever does. */
export type Told = {
  readonly text: string;
  readonly tone: 'quiet' | 'good' | 'bad';
  readonly id: number;
};

export const told: Signal<Told | undefined> = signal(undefined);
let next = 0;

/** Tells something in passing. */
export function tell(text: string, tone: Told['tone'] = 'quiet'): void {
  const id = ++next;
  told.value = { text, tone, id };
  setTimeout(() => {
    if (told.value?.id === id) told.value = undefined;
  }, 6_000);
}
