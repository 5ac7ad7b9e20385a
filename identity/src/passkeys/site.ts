import { isIP } from 'node:net';

/** Where passkeys are made and used: the id they are bound to, and the origin pages have. */
export type Site = { readonly rpId: string; readonly origin: string };

/**
 * The site of a public address; undefined where a browser makes no passkeys: an address of numbers is no name to bind one to, and
 * plain http is trusted on this machine only.
 */
export function siteOf(publicUrl: string): Site | undefined {
  const { protocol, hostname, origin } = new URL(publicUrl);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  const isNumeric = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
  if (isNumeric || (protocol !== 'https:' && !isLocal)) return undefined;
  return { rpId: hostname, origin };
}
