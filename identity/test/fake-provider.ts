import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload, type CryptoKey } from 'jose';

/** What a provider would say, before a test makes it say something else. */
export type Forgery = {
  /** Members of the authorization response. */
  readonly response?: (params: Record<string, string>) => Record<string, string>;
  readonly claims?: (claims: JWTPayload) => JWTPayload;
  readonly header?: (header: { alg: string; kid: string }) => { alg: string; kid: string };
  /** Signs instead of the provider's own key; `none` leaves the signature away. */
  readonly key?: CryptoKey | Uint8Array | 'none';
};

/** A strict provider: it takes a code once, only with its PKCE verifier, its redirect address and the client's secret. */
export type FakeProvider = {
  readonly issuer: string;
  /** Who signs in next, and what else the ID token says of them. */
  user: JWTPayload & { sub: string };
  forgery: Forgery;
  isUp: boolean;
  /** Takes the secret in the body, not in a header. */
  isPosted: boolean;
  readonly asked: URLSearchParams[];
  /** A token signed by its key. */
  readonly sign: (claims: JWTPayload, header?: object) => Promise<string>;
  readonly keyPair: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
  readonly close: () => Promise<void>;
};

export const CLIENT = 'countersign';
export const SECRET = 'a-secret-of-the-client';

type Grant = { readonly asked: URLSearchParams; readonly user: JWTPayload };

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Starts one. `slack`: as Sign in with Slack is, which knows RS256 only, no PKCE, and says no in an answer of 200. */
export async function startFakeProvider(like: 'any' | 'slack' = 'any'): Promise<FakeProvider> {
  const isSlack = like === 'slack';
  const own = isSlack ? 'RS256' : 'ES256';
  const keyPair = await generateKeyPair(own, { extractable: true });
  const jwk = { ...(await exportJWK(keyPair.publicKey)), kid: 'k1', alg: own, use: 'sig' };
  const grants = new Map<string, Grant>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign: FakeProvider['sign'] = async (claims, header = {}) => {
    const { key = keyPair.privateKey } = fake.forgery;
    const full = { alg: own, kid: 'k1', ...header };
    const named = fake.forgery.header?.(full) ?? full;
    if (key !== 'none') return new SignJWT(claims).setProtectedHeader(named).sign(key);
    return `${part({ ...named, alg: 'none' })}.${part(claims)}.`;
  };
  const fake: FakeProvider = {
    issuer,
    user: { sub: 'u-1', name: 'Una' },
    forgery: {},
    isUp: true,
    isPosted: false,
    asked: [],
    sign,
    keyPair,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', issuer);
    if (!fake.isUp) return void response.writeHead(503).end();
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          end_session_endpoint: `${issuer}/logout`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          ...(fake.isPosted && { token_endpoint_auth_methods_supported: ['client_secret_post'] }),
          ...(isSlack
            ? { id_token_signing_alg_values_supported: ['RS256'] }
            : {
                id_token_signing_alg_values_supported: ['ES256', 'HS256', 'none'],
                authorization_response_iss_parameter_supported: true,
                code_challenge_methods_supported: ['S256'],
              }),
        });
      case '/keys':
        return json(response, 200, { keys: [jwk] });
      case '/authorize':
        return authorize(url.searchParams, response);
      case '/token':
        return token(await formOf(request), request.headers.authorization, response);
      default:
        return void response.writeHead(404).end();
    }
  }

  function authorize(asked: URLSearchParams, response: ServerResponse): void {
    fake.asked.push(asked);
    const code = randomBytes(16).toString('hex');
    grants.set(code, { asked, user: fake.user });
    const params = { code, state: asked.get('state') ?? '', ...(!isSlack && { iss: issuer }) };
    const to = new URL(asked.get('redirect_uri') ?? '');
    to.search = new URLSearchParams(fake.forgery.response?.(params) ?? params).toString();
    response.writeHead(302, { location: to.href }).end();
  }

  async function token(
    form: URLSearchParams,
    authorization: string | undefined,
    response: ServerResponse,
  ): Promise<void> {
    const code = form.get('code') ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const given = Buffer.from((authorization ?? '').slice('Basic '.length), 'base64').toString();
    const [client, secret] = given.split(':').map(decodeURIComponent);
    const isClient = fake.isPosted
      ? form.get('client_id') === CLIENT && form.get('client_secret') === SECRET
      : client === CLIENT && secret === SECRET;
    const isProven = isSlack
      ? !form.has('code_verifier')
      : grant?.asked.get('code_challenge') === challenge &&
        grant.asked.get('code_challenge_method') === 'S256';
    const isGood = isProven && grant?.asked.get('redirect_uri') === form.get('redirect_uri');
    const no = (status: number, error: string): void =>
      isSlack ? json(response, 200, { ok: false, error }) : json(response, status, { error });
    if (!isClient) return no(401, 'invalid_client');
    if (!grant || !isGood) return no(400, 'invalid_grant');
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: issuer,
      aud: CLIENT,
      iat: now,
      exp: now + 300,
      auth_time: now,
      nonce: grant.asked.get('nonce') ?? '',
      ...grant.user,
    };
    const id_token = await sign(fake.forgery.claims?.(claims) ?? claims);
    return json(response, 200, {
      ...(isSlack && { ok: true }),
      access_token: 'at',
      token_type: 'Bearer',
      id_token,
    });
  }
  return fake;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
