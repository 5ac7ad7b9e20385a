import { err, ok, type Json, type Result } from '@countersign/core';
import type { Connection } from './connection.ts';
import { createGroups } from './groups.ts';
import { listGroups, listUsers, MAX_RESULTS } from './list.ts';
import { errorBody, refusal, type ScimRefusal } from './refusal.ts';
import { BUSY, type Scene, type ScimParts } from './scene.ts';
import { GROUP_URN, SCHEMAS, USER_URN } from './schema.ts';
import { pick, wantedOf, type Resource, type Wanted } from './show.ts';
import { createUsers, isMatch } from './users.ts';

/** One request of a connection, its credential checked and its body read. */
export type ScimRequest = {
  readonly method: string;
  /** Behind `/scim/v2`, such as `/Users/per_1`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Json | undefined;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly connection: Connection;
};

/** What is answered. */
export type ScimReply = {
  readonly status: number;
  readonly body?: object;
  readonly etag?: string;
  readonly location?: string;
  /** For `405`: what there is. */
  readonly allow?: readonly string[];
  /** What went wrong, for the log: the type of RFC 7644, or the status. */
  readonly code?: string;
};

type Found = Result<ScimReply, ScimRefusal>;

/**
 * SCIM 2.0 (RFC 7643, RFC 7644) over the directory. An answer is given once what it says is durable; sessions, votes and
 * what is pending go by it from that moment on, at every gateway.
 */
export function createScim(parts: ScimParts): (request: ScimRequest) => Promise<ScimReply> {
  return async (request) => {
    const done = await answer(parts, request);
    if (done.ok) return done.value;
    const { status, scimType } = done.error;
    return { status, body: errorBody(done.error), code: scimType ?? String(status) };
  };
}

async function answer(parts: ScimParts, request: ScimRequest): Promise<Found> {
  const [, kind = '', id, ...more] = request.path.split('/');
  if (more.length > 0 || (id !== undefined && id === '')) return err(NOWHERE);
  const fixed = FIXED.get(kind.toLowerCase());
  if (fixed) return request.method === 'GET' ? fixedOf(fixed, id, request) : notAllowed(['GET']);
  const { attributes, excludedAttributes } = request.query;
  const wants = wantedOf({ attributes, excludedAttributes });
  const scene: Scene = { ...parts, connection: request.connection, busy: BUSY };
  if (kind.toLowerCase() === 'users') return onUsers(scene, request, id, wants);
  if (kind.toLowerCase() === 'groups') return onGroups(scene, request, id, wants);
  return err(NOWHERE);
}

const NOWHERE = refusal(404, 'there is nothing here');

async function onUsers(
  scene: Scene,
  { method, query, body = null, ifMatch, ifNoneMatch }: ScimRequest,
  id: string | undefined,
  wants: Wanted,
): Promise<Found> {
  const users = createUsers(scene);
  if (id === undefined) {
    if (method === 'GET') return listed(await listUsers(scene, users, query, wants));
    if (method !== 'POST') return notAllowed(['GET', 'POST']);
    return shown(201, await users.add(body), wants);
  }
  switch (method) {
    case 'GET':
      await scene.roster.current();
      return read(await users.get(id), wants, ifNoneMatch);
    case 'PUT':
      return shown(200, await users.replace(id, body, ifMatch), wants);
    case 'PATCH':
      return shown(200, await users.patch(id, body, ifMatch), wants);
    case 'DELETE':
      return nothing(await users.remove(id, ifMatch));
    default:
      return notAllowed(ONE);
  }
}

async function onGroups(
  scene: Scene,
  { method, query, body = null, ifMatch, ifNoneMatch }: ScimRequest,
  id: string | undefined,
  wants: Wanted,
): Promise<Found> {
  const groups = createGroups(scene);
  if (id === undefined) {
    if (method === 'GET') return listed(await listGroups(scene, query, wants));
    if (method !== 'POST') return notAllowed(['GET', 'POST']);
    return shown(201, await groups.add(body, wants), wants);
  }
  switch (method) {
    case 'GET':
      await scene.roster.current();
      return read(groups.get(id, wants), wants, ifNoneMatch);
    case 'PUT':
      return shown(200, await groups.replace(id, body, wants, ifMatch), wants);
    case 'PATCH':
      return nothing(await groups.patch(id, body, ifMatch));
    case 'DELETE':
      return nothing(await groups.remove(id, ifMatch));
    default:
      return notAllowed(ONE);
  }
}

const ONE = ['GET', 'PUT', 'PATCH', 'DELETE'];

const notAllowed = (allow: readonly string[]): Found =>
  ok({
    status: 405,
    allow,
    body: errorBody(refusal(405, `only ${allow.join(', ')}`)),
    code: '405',
  });

const listed = (list: Result<object, ScimRefusal>): Found =>
  list.ok ? ok({ status: 200, body: list.value }) : list;

const nothing = (done: Result<undefined, ScimRefusal>): Found =>
  done.ok ? ok({ status: 204 }) : done;

function shown(status: number, done: Result<Resource, ScimRefusal>, wants: Wanted): Found {
  if (!done.ok) return done;
  const { version: etag, location } = done.value['meta'] as { version: string; location: string };
  return ok({ status, body: pick(done.value, wants), etag, location });
}

function read(done: Result<Resource, ScimRefusal>, wants: Wanted, ifNoneMatch?: string): Found {
  const found = shown(200, done, wants);
  const etag = found.ok ? found.value.etag : undefined;
  return etag !== undefined && ifNoneMatch !== undefined && isMatch(ifNoneMatch, etag)
    ? ok({ status: 304, etag })
    : found;
}

const CONFIGURATION = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: MAX_RESULTS },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'The token of the connection',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: '/scim/v2/ServiceProviderConfig' },
};

const TYPES: readonly object[] = (
  [
    ['User', '/Users', USER_URN],
    ['Group', '/Groups', GROUP_URN],
  ] as const
).map(([name, endpoint, schema]) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: name,
  name,
  endpoint,
  schema,
  meta: { resourceType: 'ResourceType', location: `/scim/v2/ResourceTypes/${name}` },
}));

/** What says what there is (RFC 7644 §4); only for connections, as everything here. */
const FIXED: ReadonlyMap<string, object | readonly object[]> = new Map<string, object>([
  ['serviceproviderconfig', CONFIGURATION],
  ['resourcetypes', TYPES],
  ['schemas', SCHEMAS],
]);

function fixedOf(
  fixed: object | readonly object[],
  id: string | undefined,
  { query }: ScimRequest,
): Found {
  // RFC 7644 §4: a filter here must be refused, so that nobody believes it was used
  if (query['filter'] !== undefined) return err(refusal(403, 'there is nothing to filter here'));
  if (!Array.isArray(fixed))
    return id === undefined ? ok({ status: 200, body: fixed }) : err(NOWHERE);
  const all = fixed as readonly { readonly id: string }[];
  if (id !== undefined) {
    const one = all.find((it) => it.id === id);
    return one ? ok({ status: 200, body: one }) : err(NOWHERE);
  }
  const { length } = all;
  return ok({
    status: 200,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: length,
      startIndex: 1,
      itemsPerPage: length,
      Resources: all,
    },
  });
}
