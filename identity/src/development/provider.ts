import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { ProviderSettings } from '../oidc/settings.ts';
import { errorPage, PAGE_HEADERS, pickPage, type Pickable } from './page.ts';
import { createRecords } from './records.ts';

/** An identity provider for development and demonstration: it believes whoever says who they are. */
export type DevelopmentProvider = {
  /** Answers a request below `/dev-idp/`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

export type DevelopmentParts = {
  /** Loopback; the configuration is refused otherwise. */
  readonly publicUrl: string;
  /** Whom one can be: the people of the configuration. */
  readonly people: () => readonly Pickable[];
  readonly now: () => number;
};

export const DEVELOPMENT = 'development';
export const DEVELOPMENT_PATH = '/dev-idp';
const CLIENT = 'countersign';
const ALGORITHM = 'ES256';
const PICK = /^\/pick\/([\w-]{1,64})$/;
const MAX_FORM_BYTES = 4_096;

/** How the gateway signs in by it. */
export const developmentSettings = (publicUrl: string): ProviderSettings => ({
  id: DEVELOPMENT,
  name: 'Development (no password)',
  issuer: publicUrl + DEVELOPMENT_PATH,
  clientId: CLIENT,
  scopes: ['openid', 'profile'],
  subjectClaim: 'sub',
  isProvisioned: true,
  acrValues: [],
  amr: [],
  requiredClaims: {},
  algorithms: [ALGORITHM],
});

/** Makes it; nothing is loaded before the first request, and its keys and sessions end with the process. */
export function createDevelopmentProvider(parts: DevelopmentParts): DevelopmentProvider {
  let loading: Promise<Provider> | undefined;
  const provider = (): Promise<Provider> => (loading ??= load(parts));
  return {
    handle: async (request, response) => {
      const op = await provider();
      const original = request.url ?? '';
      const [path = ''] = original.slice(DEVELOPMENT_PATH.length).split('?');
      for (const [name, value] of PAGE_HEADERS) response.setHeader(name, value);
      if (PICK.test(path)) return pick(op, parts, request, response);
      // it remembers nobody: each sign-in asks who somebody is
      if (path === '/auth') delete request.headers.cookie;
      // what it makes addresses of, as when a framework mounts it
      Object.assign(request, {
        originalUrl: original,
        url: original.slice(DEVELOPMENT_PATH.length),
      });
      await op.callback()(request, response);
    },
  };
}

async function pick(
  op: Provider,
  { people }: DevelopmentParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const pickable = people();
  try {
    await op.interactionDetails(request, response);
  } catch {
    return sendPage(response, 400, errorPage('sign-in-expired'));
  }
  if (request.method !== 'POST')
    return sendPage(response, 200, pickPage(pickable, request.url ?? ''));
  const accountId = new URLSearchParams(await readForm(request)).get('person') ?? '';
  if (!pickable.some(({ id }) => id === accountId))
    return sendPage(response, 400, errorPage('unknown-person'));
  return op.interactionFinished(request, response, { login: { accountId, remember: false } });
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(html);
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= MAX_FORM_BYTES) chunks.push(chunk);
  }
  return size > MAX_FORM_BYTES ? '' : Buffer.concat(chunks).toString('utf8');
}

async function load({ publicUrl, people, now }: DevelopmentParts): Promise<Provider> {
  const { Provider: OpenIdProvider } = await import('oidc-provider');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const find = (id: string): Pickable | undefined => people().find((one) => one.id === id);
  return new OpenIdProvider(publicUrl + DEVELOPMENT_PATH, {
    adapter: createRecords(now),
    clients: [
      {
        client_id: CLIENT,
        redirect_uris: [`${publicUrl}/auth/callback/${DEVELOPMENT}`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: ALGORITHM,
        require_auth_time: true,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: ALGORITHM }] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    findAccount: (_, id) => {
      const person = find(id);
      return person && { accountId: id, claims: async () => ({ sub: id, name: person.name }) };
    },
    interactions: { url: (_, { uid }) => `${DEVELOPMENT_PATH}/pick/${uid}` },
    // nobody has to agree that this gateway learns their name
    loadExistingGrant: async ({ oidc }) => {
      const { client, session, provider } = oidc;
      const grant = new provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    renderError: (context, { error }) => {
      context.type = 'html';
      context.body = errorPage(error);
    },
    ttl: {
      AccessToken: 60,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 300,
      Interaction: 600,
      Session: 600,
    },
  });
}
