/** Push services of the browsers there are. */
const KNOWN_HOSTS: readonly string[] = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  'web.push.apple.com',
];
const KNOWN_SUFFIX = '.notify.windows.com';
const MOST_CHARACTERS = 1_024;

/** Which push services may be spoken to. */
export type PushHosts = {
  /** Others than those of the browsers there are, by exact host name. */
  readonly more: readonly string[];
  /** `http://` to this machine, for an installation that is only there itself. */
  readonly isLoopbackAllowed: boolean;
};

/**
 * The address of a push service, if it is one. ATTACKER: a person says where to send, and we send from inside: so only
 * `https` to hosts that are listed, at their own port, and no redirect is followed.
 */
export function pushEndpoint(text: string, hosts: PushHosts): URL | undefined {
  const url = text.length <= MOST_CHARACTERS ? URL.parse(text) : null;
  if (!url || [url.username, url.password, url.hash].some((part) => part !== '')) return undefined;
  if (hosts.isLoopbackAllowed && url.protocol === 'http:' && url.hostname === '127.0.0.1')
    return url;
  if (url.protocol !== 'https:' || url.port !== '') return undefined;
  const { hostname } = url;
  const isKnown =
    KNOWN_HOSTS.includes(hostname) ||
    (hostname.endsWith(KNOWN_SUFFIX) && hostname.length > KNOWN_SUFFIX.length) ||
    hosts.more.includes(hostname);
  return isKnown ? url : undefined;
}
