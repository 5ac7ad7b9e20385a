const BASE = 'https://own.invalid';
/** Printable ASCII without a backslash, which browsers read as a slash. */
const PLAIN = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1023}$/;

/**
 * A path of ours to go to after signing in; undefined for anything that would lead elsewhere.
 * ATTACKER: whoever makes a link chooses it.
 */
export function ownPath(next: string): string | undefined {
  if (!PLAIN.test(next)) return undefined;
  const url = URL.parse(next, BASE);
  if (url?.origin !== BASE || url.username !== '' || url.pathname.startsWith('//'))
    return undefined;
  return url.pathname + url.search + url.hash;
}
