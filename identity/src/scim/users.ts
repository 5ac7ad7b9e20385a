import { base64url, err, ok, type Instant, type Json, type Result } from '@countersign/core';
import type { DirectoryEvent } from '../roster/event.ts';
import type { Planned } from '../roster/roster.ts';
import type { RosterState } from '../roster/state.ts';
import { externalIdOf, knownTo, userNameOf, type Known } from './connection.ts';
import { readOperations } from './operations.ts';
import { patchUser } from './patch-user.ts';
import { emailOf, nameOf, readUser, type ScimUser } from './read.ts';
import { refusal, type ScimRefusal } from './refusal.ts';
import type { Scene } from './scene.ts';
import { EXTERNAL_ID, USER, USER_URN } from './schema.ts';
import { showUser, tagOf, type Resource } from './show.ts';

type Done<T = Resource> = Result<T, ScimRefusal>;

/** What a connection does with its people. */
export type Users = {
  readonly get: (id: string) => Promise<Done>;
  readonly add: (body: Json) => Promise<Done>;
  readonly replace: (id: string, body: Json, ifMatch?: string) => Promise<Done>;
  readonly patch: (id: string, body: Json, ifMatch?: string) => Promise<Done>;
  readonly remove: (id: string, ifMatch?: string) => Promise<Done<undefined>>;
  /** A person as shown; undefined where the private part was erased. */
  readonly show: (id: string) => Promise<Resource | undefined>;
};

const GONE = refusal(404, 'there is no such user');
const TAKEN = refusal(409, 'another user has this `userName` or `externalId`', 'uniqueness');

/** Makes the people of one connection. What is private goes beside the person's own stream first; then one event makes it count. */
export function createUsers(scene: Scene): Users {
  const { connection, roster, records, profiles, key, random } = scene;
  const by = `scim:${connection.id}`;

  const digestsOf = ({
    userName,
    externalId,
  }: ScimUser): { userName: string; externalId?: string } => ({
    userName: userNameOf(key, connection.id, userName),
    ...(externalId === undefined
      ? {}
      : { externalId: externalIdOf(key, connection.id, externalId) }),
  });

  /** R5: whoever comes back under a name stays linked to who left under it, so nothing they were excluded from opens. */
  function whoOf(
    { people }: RosterState,
    user: ScimUser,
    fresh: string,
  ): { readonly person: string; readonly formerly?: string } {
    const { userName, externalId } = digestsOf(user);
    const same = externalId === undefined ? undefined : people.byExternalId.get(externalId);
    if (same !== undefined) return { person: same };
    const signedIn =
      connection.match === 'external-id' && user.externalId !== undefined
        ? scene.signedIn(people, connection.provider, user.externalId)
        : undefined;
    if (signedIn !== undefined && !isOthers(people, signedIn)) return { person: signedIn };
    const formerly = signedIn ?? people.byUserName.get(userName);
    return formerly === undefined ? { person: fresh } : { person: fresh, formerly };
  }

  /** INVARIANT: no connection changes what another has told. */
  const isOthers = ({ accounts }: RosterState['people'], id: string): boolean => {
    const told = accounts.get(id)?.provisioned;
    return told !== undefined && told.connection !== connection.id && !told.isGone;
  };

  function isTaken({ people }: RosterState, user: ScimUser, person?: string): boolean {
    const { userName, externalId } = digestsOf(user);
    const holders = [
      people.byUserName.get(userName),
      externalId === undefined ? undefined : people.byExternalId.get(externalId),
    ];
    return holders.some((id) => id !== person && knownTo(people, connection.id, id) !== undefined);
  }

  const toldOf = (user: ScimUser, person: string, record: number, at: Instant): DirectoryEvent => ({
    type: 'person.provisioned',
    at,
    by,
    person,
    provider: connection.provider,
    connection: connection.id,
    ...digestsOf(user),
    isActive: user.active !== false,
    record,
  });

  /** The account, if it is what the client thinks it is. */
  function find({ people }: RosterState, id: string, ifMatch?: string): Done<Known> {
    const known = knownTo(people, connection.id, id);
    if (!known) return err(GONE);
    return ifMatch === undefined || isMatch(ifMatch, tagOf(known.provisioned.revision))
      ? ok(known)
      : err(refusal(412, 'it has changed meanwhile'));
  }

  async function show(id: string): Promise<Resource | undefined> {
    const { people, groups } = roster.now();
    const known = knownTo(people, connection.id, id);
    const user = known && (await records.read(id, known.provisioned.record));
    if (!known || !user) return undefined;
    const mine = [...(groups.byMember.get(id) ?? [])].flatMap((one) => groups.byId.get(one) ?? []);
    return showUser(known, user, mine);
  }
  const get = async (id: string): Promise<Done> => {
    const shown = await show(id);
    return shown ? ok(shown) : err(GONE);
  };

  /** What is shown of them elsewhere; what counts is durable already. */
  const tell = (person: string, user: ScimUser): Promise<void> => {
    const email = emailOf(user);
    return profiles.tell(
      person,
      { name: nameOf(user), ...(email === undefined ? {} : { email }) },
      by,
    );
  };

  async function change(
    id: string,
    ifMatch: string | undefined,
    next: (user: ScimUser) => Done<ScimUser>,
  ): Promise<Done> {
    // what was read is what is changed: where another was quicker, it is read again
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const found = find(await roster.current(), id, ifMatch);
      if (!found.ok) return found;
      const { revision, record: before } = found.value.provisioned;
      const user = await records.read(id, before);
      if (!user) return err(GONE);
      const wanted = next({ ...user, active: found.value.provisioned.isActive });
      if (!wanted.ok) return wanted;
      const record = await records.keep(id, wanted.value, by);
      const changed = await roster.change<ScimRefusal | 'again'>((state, at) => {
        const now = find(state, id, ifMatch);
        if (!now.ok) return now;
        if (now.value.provisioned.revision !== revision) return err('again');
        if (isTaken(state, wanted.value, id)) return err(TAKEN);
        return ok({ events: [toldOf(wanted.value, id, record, at)] });
      });
      if (changed.ok) {
        await tell(id, wanted.value);
        return get(id);
      }
      if (typeof changed.error === 'object') return err(changed.error);
      if (changed.error !== 'again') return err(scene.busy);
    }
    return err(scene.busy);
  }

  return {
    show,
    get,
    add: async (body) => {
      const user = readBody(body);
      if (!user.ok) return user;
      const state = await roster.current();
      if (isTaken(state, user.value)) return err(TAKEN);
      const fresh = `per_${base64url(random(15))}`;
      const { person } = whoOf(state, user.value, fresh);
      const record = await records.keep(person, user.value, by);
      const added = await roster.change<ScimRefusal>((now, at): Planned<ScimRefusal> => {
        const who = whoOf(now, user.value, fresh);
        if (isTaken(now, user.value) || who.person !== person) return err(TAKEN);
        const { formerly: to } = who;
        return ok({
          events: [
            toldOf(user.value, person, record, at),
            ...(to === undefined
              ? []
              : [{ type: 'person.linked', at, by, person, to } satisfies DirectoryEvent]),
          ],
        });
      });
      if (!added.ok) {
        if (person === fresh) await records.forget(person);
        return err(typeof added.error === 'object' ? added.error : scene.busy);
      }
      await tell(person, user.value);
      return get(person);
    },
    replace: (id, body, ifMatch) => {
      const user = readBody(body);
      // who is out stays out until that is said
      return user.ok
        ? change(id, ifMatch, ({ active }) =>
            ok({ ...(active !== undefined && { active }), ...user.value }),
          )
        : Promise.resolve(user);
    },
    patch: async (id, body, ifMatch) => {
      const attributes = [...USER, EXTERNAL_ID];
      const operations = readOperations(body, { attributes, id });
      return operations.ok
        ? change(id, ifMatch, (user) => patchUser(user, operations.value))
        : operations;
    },
    remove: async (id, ifMatch) => {
      const removed = await roster.change<ScimRefusal>((state, at) => {
        const found = find(state, id, ifMatch);
        if (!found.ok) return found;
        return ok({ events: [{ type: 'person.deprovisioned', at, by, person: id }] });
      });
      if (removed.ok) return ok(undefined);
      return err(typeof removed.error === 'object' ? removed.error : scene.busy);
    },
  };
}

const MAX_TRIES = 5;

function readBody(body: Json): Done<ScimUser> {
  return scenedBody(body, USER_URN) ?? readUser(body);
}

/** Refuses a resource that does not say what it is (RFC 7643 §3). */
export function scenedBody(body: Json, urn: string): Result<never, ScimRefusal> | undefined {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const schemas = isObject ? (body as { readonly schemas?: unknown }).schemas : undefined;
  const has =
    Array.isArray(schemas) &&
    schemas.some((one) => typeof one === 'string' && one.toLowerCase() === urn.toLowerCase());
  return has ? undefined : err(refusal(400, `\`schemas\` must have \`${urn}\``, 'invalidSyntax'));
}

/** Whether one of the tags of an `If-Match` is this one, or any is good. */
export const isMatch = (header: string, tag: string): boolean =>
  header.split(',').some((one) => ['*', tag, tag.slice(2)].includes(one.trim()));
