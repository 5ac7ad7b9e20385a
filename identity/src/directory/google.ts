/** A service account as Google's file names it, as far as it is used. */
export type ServiceAccount = {
  readonly clientEmail: string;
  readonly privateKey: string;
  readonly keyId?: string;
  readonly tokenUri: string;
};

/** A directory that says which groups somebody is in. */
export type GroupDirectory = {
  /** Addresses of every group, those behind other groups too. Throws `DirectoryFailure`. */
  readonly groupsOf: (email: string, signal: AbortSignal) => Promise<readonly string[]>;
};

/** The directory did not answer, or not so that it could be believed. Nothing is known of the person then (R2). */
export class DirectoryFailure extends Error {
  readonly code = 'directory-unavailable';
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-identity.groups.readonly';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LABEL = 'cloudidentity.googleapis.com/groups.discussion_forum';
const MAX_PAGES = 20;
const EARLY_MS = 60_000;

/** Reads a service account; undefined where the text is none. */
export function readServiceAccount(text: string): ServiceAccount | undefined {
  try {
    const file = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { client_email: clientEmail, private_key: privateKey, token_uri: tokenUri } = file;
    const { private_key_id: keyId } = file;
    if (![clientEmail, privateKey, tokenUri].every((one) => typeof one === 'string'))
      return undefined;
    return {
      clientEmail: String(clientEmail),
      privateKey: String(privateKey),
      tokenUri: String(tokenUri),
      ...(typeof keyId === 'string' && { keyId }),
    };
  } catch {
    return undefined;
  }
}

/** The groups of Google Workspace (Cloud Identity `memberships:searchTransitiveGroups`), asked as a service account. */
export function createGoogleDirectory(parts: {
  readonly account: ServiceAccount;
  /** Of the Cloud Identity API. */
  readonly endpoint: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): GroupDirectory {
  const { account, endpoint, now } = parts;
  let token: { readonly value: string; readonly until: number } | undefined;

  async function assertion(): Promise<string> {
    const { importPKCS8, SignJWT } = await import('jose');
    const key = await importPKCS8(account.privateKey, 'RS256');
    const at = Math.floor(now() / 1_000);
    return new SignJWT({ scope: SCOPE })
      .setProtectedHeader({
        alg: 'RS256',
        typ: 'JWT',
        ...(account.keyId && { kid: account.keyId }),
      })
      .setIssuer(account.clientEmail)
      .setAudience(account.tokenUri)
      .setIssuedAt(at)
      .setExpirationTime(at + 3_600)
      .sign(key);
  }

  async function access(signal: AbortSignal): Promise<string> {
    if (token && now() < token.until) return token.value;
    const body = new URLSearchParams({ grant_type: GRANT, assertion: await assertion() });
    const said = await ask(account.tokenUri, { method: 'POST', body, signal });
    const { access_token: value, expires_in: seconds } = said;
    if (typeof value !== 'string' || typeof seconds !== 'number')
      throw new DirectoryFailure('the token endpoint gave no token');
    token = { value, until: now() + seconds * 1_000 - EARLY_MS };
    return value;
  }

  async function page(email: string, pageToken: string, signal: AbortSignal) {
    const query = `member_key_id == '${email}' && '${LABEL}' in labels`;
    const url = new URL(`${endpoint}/v1/groups/-/memberships:searchTransitiveGroups`);
    url.searchParams.set('query', query);
    url.searchParams.set('pageSize', '500');
    if (pageToken !== '') url.searchParams.set('pageToken', pageToken);
    const headers = { authorization: `Bearer ${await access(signal)}` };
    return ask(url, { headers, signal });
  }

  return {
    groupsOf: async (email, signal) => {
      // ATTACKER: an address stands in a query in quotes
      if (!/^[^\s'"\\]{1,320}$/.test(email)) throw new DirectoryFailure('no address to ask for');
      const groups = new Set<string>();
      let pageToken = '';
      for (let pages = 0; pages < MAX_PAGES; pages++) {
        const { memberships = [], nextPageToken } = await page(email, pageToken, signal);
        if (!Array.isArray(memberships))
          throw new DirectoryFailure('an answer without memberships');
        for (const one of memberships as readonly {
          readonly groupKey?: { readonly id?: unknown };
        }[]) {
          const id = one.groupKey?.id;
          if (typeof id === 'string') groups.add(id.toLowerCase());
        }
        if (typeof nextPageToken !== 'string' || nextPageToken === '')
          return [...groups].toSorted();
        pageToken = nextPageToken;
      }
      throw new DirectoryFailure('more groups than can be read');
    },
  };
}

async function ask(
  url: string | URL,
  init: RequestInit,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const response = await fetch(url, { ...init, redirect: 'error' });
    if (!response.ok) throw new DirectoryFailure(`the directory answered ${response.status}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    if (cause instanceof DirectoryFailure) throw cause;
    throw new DirectoryFailure('the directory did not answer', { cause });
  }
}
