import { BlockList, isIP } from 'node:net';

/** IPv4 that is not for everybody (RFC 6890 and the registry of special-purpose addresses). */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Of the global unicast block: what leads to other addresses, or nowhere. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const listOf = (rows: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6') => {
  const list = new BlockList();
  for (const [net, prefix] of rows) list.addSubnet(net, prefix, family);
  return list;
};
const specialV4 = listOf(SPECIAL_V4, 'ipv4');
const specialV6 = listOf(SPECIAL_V6, 'ipv6');
const loopbackV4 = listOf([['127.0.0.0', 8]], 'ipv4');
const privateV4 = listOf(
  [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ],
  'ipv4',
);
const globalV6 = listOf([['2000::', 3]], 'ipv6');
const privateV6 = listOf([['fc00::', 7]], 'ipv6');
/** Where clouds answer with credentials of the machine, within the private block. */
const metadataV6 = listOf(
  [
    ['fd00:ec2::', 32],
    ['fd20:ce::', 32],
  ],
  'ipv6',
);

/** What may be spoken to besides the internet. */
export type Reach = { readonly allowLoopback: boolean; readonly isPrivate: boolean };

/**
 * Whether an address may be spoken to: one that anybody on the internet could reach, else only what was allowed.
 * ATTACKER: names lead wherever their owner says, so this is asked of the address that is connected to. Of IPv6 only the
 * global unicast block is taken, so mapped, translated, link-local and multicast ones are not.
 */
export function mayReach(address: string, reach: Reach): boolean {
  const family = isIP(address);
  if (family === 4) return mayReachV4(address, reach);
  return family === 6 && !address.includes('%') && mayReachV6(address, reach);
}

const mayReachV4 = (address: string, { allowLoopback, isPrivate }: Reach): boolean =>
  !specialV4.check(address, 'ipv4') ||
  (allowLoopback && loopbackV4.check(address, 'ipv4')) ||
  (isPrivate && privateV4.check(address, 'ipv4'));

function mayReachV6(address: string, { allowLoopback, isPrivate }: Reach): boolean {
  if (allowLoopback && address === '::1') return true;
  if (isPrivate && privateV6.check(address, 'ipv6')) return !metadataV6.check(address, 'ipv6');
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

/** The address of a receiver, if it is one: `https`, and `http` to this machine where that is allowed. */
export function receiverUrl(text: string, allowLoopback: boolean): URL | undefined {
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
  if (url.protocol === 'https:') return url;
  const isHere = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url.protocol === 'http:' && allowLoopback && isHere ? url : undefined;
}
