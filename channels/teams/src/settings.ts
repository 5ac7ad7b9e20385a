/** One bot of one tenant. */
export type TeamsSettings = {
  /** From the configuration; in the ledger, never changed. */
  readonly id: string;
  /** Application (client) id of the bot. */
  readonly appId: string;
  /** Entra tenant id. Nobody from elsewhere is heard. */
  readonly tenant: string;
  /** The bot's client secret. */
  readonly secret: string;
  /** Address of the Bot connector, for messages that answer none. */
  readonly serviceUrl?: string;
  /** Exact names of the hosts the connector may be at; the bot's token goes to no other. Default: that of `serviceUrl`. */
  readonly serviceHosts?: readonly string[];
  /** Where the bot's tokens come from. */
  readonly tokenUrl?: string;
  /** Metadata of the keys the connector signs with. */
  readonly openIdMetadata?: string;
  /** Longest wait for any answer of the vendor. */
  readonly timeoutMs?: number;
};

/** The settings with everything filled in. */
export type Bot = Required<TeamsSettings>;

const SERVICE_URL = 'https://smba.trafficmanager.net/teams';
const METADATA = 'https://login.botframework.com/v1/.well-known/openidconfiguration';
const TIMEOUT_MS = 10_000;

/** Fills in what was left out; throws where an address is none. */
export function botOf(settings: TeamsSettings): Bot {
  const serviceUrl = settings.serviceUrl ?? SERVICE_URL;
  return {
    ...settings,
    tenant: settings.tenant.toLowerCase(),
    serviceUrl,
    serviceHosts: settings.serviceHosts ?? [new URL(serviceUrl).host],
    tokenUrl:
      settings.tokenUrl ??
      `https://login.microsoftonline.com/${encodeURIComponent(settings.tenant)}/oauth2/v2.0/token`,
    openIdMetadata: settings.openIdMetadata ?? METADATA,
    timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
  };
}

const isLoopback = ({ hostname }: URL): boolean =>
  ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);

/**
 * The address of a connector, if the bot may speak to it. ATTACKER: `*.trafficmanager.net` is a domain anybody can have a
 * name in, so hosts are compared whole; what is not `https` goes to this machine at most, and only where it is listed.
 */
export function serviceAt(text: string, { serviceHosts }: Bot): URL | undefined {
  const url = text.length <= 500 ? URL.parse(text) : null;
  if (!url || [url.username, url.password, url.hash, url.search].some((part) => part !== ''))
    return undefined;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) return undefined;
  return serviceHosts.includes(url.host) ? url : undefined;
}

/** The same address whether or not it ends in a slash. */
export const withoutSlash = (address: string): string => address.replace(/\/+$/, '');
