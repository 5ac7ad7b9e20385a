import { effect, signal, type Signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'countersign-theme';

const kept = (): Theme => {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
};

/** How the console looks; a matter of taste, so it may be kept in the browser. */
export const theme: Signal<Theme> = signal(kept());

/** Draws by the theme, now and whenever it changes. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
    if (theme.value === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme.value);
  });
}

/** The next of the three. */
export const nextTheme = (now: Theme): Theme =>
  now === 'system' ? 'light' : now === 'light' ? 'dark' : 'system';
