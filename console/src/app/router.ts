import { signal, type Signal } from '@preact/signals';

/** Where we are: the path and what stands after `?`. */
export type Place = { readonly path: string; readonly query: URLSearchParams };

const here = (): Place => ({
  path: location.pathname,
  query: new URLSearchParams(location.search),
});

/** The page that is open. */
export const place: Signal<Place> = signal(here());

/** Goes to a page of ours. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  place.value = here();
}

const isPlain = ({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean =>
  button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey;

/** Links between pages of ours open without loading anew; every other link is left to the browser. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    place.value = here();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || !isPlain(event)) return;
    const isOurs = link.origin === location.origin && isPage(link.pathname);
    if (!isOurs || link.target !== '' || link.hasAttribute('download')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

const PAGES =
  /^\/(?:|a\/[\w-]+|batch|explorer|policies|people|report|agents|me|sign-in|terminal|waivers|channels)$/;

/** Whether a path is one of the console's pages. */
const isPage = (path: string): boolean => PAGES.test(path);

/** A path of ours that came from outside, or the inbox: nothing else is ever gone to. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || /^\/[/\\]/.test(next)) return '/';
  const to = new URL(next, location.origin);
  return to.origin === location.origin && isPage(to.pathname) ? to.pathname + to.search : '/';
}
