import { keyed } from '../keyed.ts';
import type { Account, People, Provisioned } from '../roster/people.ts';
import type { RosterState } from '../roster/state.ts';

/** One SCIM client: an identity provider that tells of its people. */
export type Connection = {
  /** In the ledger, as `scim:<id>`. */
  readonly id: string;
  /** The sign-in provider whose people these are. */
  readonly provider: string;
  /** How a person who signs in is found among them. */
  readonly match: 'external-id' | 'user-name';
};

/** A person a connection has. */
export type Known = Account & { readonly provisioned: Provisioned };

/** The digest that stands for a user name, whatever its letter case. */
export const userNameOf = (key: Uint8Array, connection: string, userName: string): string =>
  keyed(key, 'scim-user-name', connection, userName.toLowerCase());

/** The digest that stands for what a client calls a person. */
export const externalIdOf = (key: Uint8Array, connection: string, externalId: string): string =>
  keyed(key, 'scim-external-id', connection, externalId);

/** An account the connection has now. */
export function knownTo(
  { accounts }: Pick<People, 'accounts'>,
  connection: string,
  id: string | undefined,
): Known | undefined {
  const account = id === undefined ? undefined : accounts.get(id);
  const { provisioned } = account ?? {};
  return account && provisioned?.connection === connection && !provisioned.isGone
    ? { ...account, provisioned }
    : undefined;
}

/**
 * The person a connection has for somebody who signs in at its provider; undefined where it has none. Who signs in under
 * a user name is known only as long as no other subject of the provider has been them.
 */
export function provisionedPerson(
  { people }: Pick<RosterState, 'people'>,
  connection: Connection,
  who: {
    readonly key: Uint8Array;
    readonly subject: string;
    /** Digest of issuer and subject, as in the directory. */
    readonly subjectDigest: string;
    readonly userName?: string;
  },
): string | undefined {
  const { key, subject, subjectDigest, userName } = who;
  const { id: connectionId, match } = connection;
  if (match === 'external-id')
    return knownTo(
      people,
      connectionId,
      people.byExternalId.get(externalIdOf(key, connectionId, subject)),
    )?.id;
  if (userName === undefined) return undefined;
  const id = people.byUserName.get(userNameOf(key, connectionId, userName));
  const known = knownTo(people, connectionId, id);
  // ATTACKER: user names are given to others when somebody leaves; the first subject that was this person stays it
  return known && (known.subject === undefined || known.subject === subjectDigest)
    ? known.id
    : undefined;
}
