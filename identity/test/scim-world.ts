import { instant, random, type Json, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { createProfiles, createRecords, createRoster, createScim } from '../src/index.ts';
import type { Connection, Profiles, Roster } from '../src/index.ts';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

// oxlint-disable-next-line no-explicit-any -- bodies are looked into as a client would
export type Body = { readonly [name: string]: any } & { readonly id: string };
type Sent = {
  readonly status: number;
  readonly body: Body;
  readonly etag?: string;
  readonly location?: string;
};

/** A directory with two SCIM clients. */
export type World = {
  readonly store: LedgerStore;
  readonly roster: Roster;
  readonly profiles: Profiles;
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    more?: { readonly from?: Connection; readonly ifMatch?: string; readonly ifNoneMatch?: string },
  ) => Promise<Sent>;
  readonly addUser: (userName: string, more?: object) => Promise<string>;
  readonly patch: (path: string, ...operations: readonly object[]) => Promise<Sent>;
};

const OKTA: Connection = { id: 'okta', provider: 'okta', match: 'external-id' };
export const OTHER: Connection = { id: 'other', provider: 'entra', match: 'user-name' };
export const KEY: Uint8Array = new Uint8Array(32).fill(7);

const onFailure = (error: unknown): never => {
  throw error;
};

export async function makeWorld(
  signedIn: (provider: string, subject: string) => string | undefined = () => undefined,
  before?: LedgerStore,
): Promise<World> {
  let now = 1_000;
  const clock = () => instant(now++);
  const store = before ?? createMemoryStore({ clock });
  const roster = await createRoster(store, clock);
  const masterKey = new Uint8Array(32).fill(1);
  const profiles = createProfiles({ store, clock, masterKey, onFailure });
  const records = createRecords({ store, clock, masterKey });
  const scim = createScim({
    roster,
    records,
    profiles,
    random,
    key: KEY,
    signedIn: (_, provider, subject) => signedIn(provider, subject),
  });
  const send: World['send'] = async (method, path, body, { from = OKTA, ...tags } = {}) => {
    const [bare = '', query = ''] = path.split('?');
    return (await scim({
      method,
      path: bare,
      query: Object.fromEntries(new URLSearchParams(query)),
      ...(body === undefined ? {} : { body: body as Json }),
      connection: from,
      ...tags,
    })) as Sent;
  };
  return {
    store,
    roster,
    profiles,
    send,
    addUser: async (userName, more = {}) =>
      (await send('POST', '/Users', { schemas: [USER_URN], userName, ...more })).body.id,
    patch: (path, ...Operations) => send('PATCH', path, { schemas: [PATCH_URN], Operations }),
  };
}

export const filtered = (kind: string, filter: string): string =>
  `/${kind}?filter=${encodeURIComponent(filter)}`;
