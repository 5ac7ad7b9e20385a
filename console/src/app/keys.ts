import { signal, type Signal } from '@preact/signals';

/** What a key does on the page that is open. */
export type Keys = Readonly<Record<string, () => void>>;

/** Whether the list of keys is shown. */
export const isHelpOpen: Signal<boolean> = signal(false);
const layers: Keys[] = [];

/** Gives keys a meaning until the returned function is called; the newest comes first. */
export function useKeys(keys: Keys): () => void {
  layers.push(keys);
  return () => {
    const at = layers.indexOf(keys);
    if (at >= 0) layers.splice(at, 1);
  };
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Listens. Keys open things; no key ever decides. */
export function listenForKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === '?') {
      isHelpOpen.value = true;
      return;
    }
    const doIt = layers.findLast((keys) => event.key in keys)?.[event.key];
    if (!doIt) return;
    event.preventDefault();
    doIt();
  });
}

/** Every key, for the help and for the page Me. */
export const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['j / k', 'next, previous request'],
  ['Enter', 'open the request'],
  ['y', 'ask to approve; a dialog confirms'],
  ['n', 'ask to deny; a dialog takes the reason'],
  ['e', 'edit the arguments'],
  ['r', 'raw JSON, or the drawn action'],
  ['/', 'filter the list'],
  ['g', 'back to the inbox'],
  ['?', 'this help'],
];
