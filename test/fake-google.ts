import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';

/** Google's token endpoint and Cloud Identity API, as strict as they are documented, for one service account. */
export type FakeGoogle = {
  readonly url: string;
  /** The key file. */
  readonly keyFile: string;
  /** Groups by address of the member. */
  readonly groups: Map<string, readonly string[]>;
  readonly asked: string[];
  readonly tokens: () => number;
  /** What goes wrong: a status, or no answer at all. */
  trouble: number | 'silent' | undefined;
  now: () => number;
  readonly close: () => Promise<void>;
};

const SCOPE = 'https://www.googleapis.com/auth/cloud-identity.groups.readonly';
const QUERY =
  /^member_key_id == '([^']+)' && 'cloudidentity\.googleapis\.com\/groups\.discussion_forum' in labels$/;
const PAGE = 2;

export async function startFakeGoogle(): Promise<FakeGoogle> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const asked: string[] = [];
  const groups = new Map<string, readonly string[]>();
  let issued = 0;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => send(response, 500, {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientEmail = 'countersign@project.iam.gserviceaccount.com';

  async function token(request: IncomingMessage): Promise<readonly [number, object]> {
    const form = new URLSearchParams(await bodyOf(request));
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    if (!isForm || form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return [400, { error: 'unsupported_grant_type' }];
    const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
      algorithms: ['RS256'],
      issuer: clientEmail,
      audience: `${url}/token`,
      maxTokenAge: 60,
      currentDate: new Date(fake.now()),
    });
    const isGood =
      payload['scope'] === SCOPE && protectedHeader.kid === 'k1' && payload.sub === undefined;
    if (!isGood) return [400, { error: 'invalid_grant' }];
    issued++;
    return [200, { access_token: `ya29.${issued}`, expires_in: 3_599, token_type: 'Bearer' }];
  }

  function search(request: IncomingMessage): readonly [number, object] {
    const { pathname, searchParams } = new URL(request.url ?? '', url);
    const isThere = pathname === '/v1/groups/-/memberships:searchTransitiveGroups';
    if (request.method !== 'GET' || !isThere) return [404, { error: { code: 404 } }];
    if (request.headers.authorization !== `Bearer ya29.${issued}`) return [401, {}];
    const email = QUERY.exec(searchParams.get('query') ?? '')?.[1];
    if (email === undefined) return [400, { error: { status: 'INVALID_ARGUMENT' } }];
    asked.push(email);
    const all = groups.get(email);
    if (!all) return [403, { error: { status: 'PERMISSION_DENIED' } }];
    const from = Number(searchParams.get('pageToken') ?? 0);
    const memberships = all.slice(from, from + PAGE).map((id, i) => ({
      group: `groups/${from + i}`,
      groupKey: { id },
      relationType: 'DIRECT',
      memberships: [],
    }));
    const next = from + PAGE < all.length ? { nextPageToken: String(from + PAGE) } : {};
    // nobody in no group at all: the member is left out, as protobuf leaves out what is empty
    return [200, { ...(memberships.length > 0 && { memberships }), ...next }];
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (fake.trouble === 'silent') return;
    if (fake.trouble !== undefined) return send(response, fake.trouble, {});
    const isToken = request.method === 'POST' && request.url === '/token';
    send(response, ...(isToken ? await token(request) : search(request)));
  }

  const fake: FakeGoogle = {
    url,
    keyFile: JSON.stringify({
      type: 'service_account',
      client_email: clientEmail,
      private_key: await exportPKCS8(privateKey),
      private_key_id: 'k1',
      token_uri: `${url}/token`,
    }),
    groups,
    asked,
    tokens: () => issued,
    trouble: undefined,
    now: Date.now,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
