import { isIPv4 } from 'node:net';

/** Whether a host, as configuration, a URL or a request names it, is this machine and no other. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/** Whether the other end of a connection is on this machine. */
export const isLoopbackPeer = (address = ''): boolean =>
  address === '::1' || /^(?:::ffff:)?127\./.test(address);
