import { base64url, err, ok, type Clock, type Result } from '@countersign/core';
import { keyed } from '../keyed.ts';
import type { Profiles } from '../profiles.ts';
import type { DirectoryEvent } from '../roster/event.ts';
import { humanOf } from '../roster/people.ts';
import type { Roster } from '../roster/roster.ts';
import type { RosterState } from '../roster/state.ts';
import type { Verified } from './claims.ts';
import { refusal, type SignInRefusal } from './refusal.ts';
import type { ProviderSettings } from './settings.ts';

/** Who signs in: the account behind what a provider vouches for, made where there was none. */
export type Admission = (
  verified: Verified,
  settings: ProviderSettings,
  linkTo?: string,
) => Promise<Result<string, SignInRefusal>>;

export type AdmissionParts = {
  readonly roster: Pick<Roster, 'change'>;
  readonly profiles: Pick<Profiles, 'tell'>;
  readonly random: (length: number) => Uint8Array;
  /** Key of the digests that stand for subjects. */
  readonly key: Uint8Array;
  /** The person of the configuration with this identity. */
  readonly configured: (provider: string, subject: string) => string | undefined;
  /** Who they are to SCIM, by the digest of issuer and subject too; undefined where the people of the provider do not come by it. */
  readonly provisioned: (
    state: RosterState,
    verified: Verified,
    subject: string,
  ) => { readonly person?: string } | undefined;
  readonly isActive: (person: string) => boolean;
  /** The human behind an account, links of the configuration included. */
  readonly humanOf: (person: string) => string;
};

const BY = 'sign-in';

/** The digest that stands for an identity in the ledger. */
export const subjectOf = (key: Uint8Array, issuer: string, subject: string): string =>
  keyed(key, 'subject', issuer, subject);

/** Makes the one function that turns identities into accounts. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { roster, profiles, random, key, configured, isActive } = parts;
  return async (verified, settings, linkTo) => {
    const subject = subjectOf(key, verified.issuer, verified.subject);
    const fixed = configured(verified.provider, verified.subject);
    const fresh = `per_${base64url(random(15))}`;
    let person = '';
    const changed = await roster.change<SignInRefusal>((state, at) => {
      const before = state.people.bySubject.get(subject);
      const told = fixed === undefined ? parts.provisioned(state, verified, subject) : undefined;
      const known = fixed ?? (told ? toldOf(state, told.person ?? before) : before);
      if (known === undefined && (settings.isProvisioned || told))
        return err(refusal('not-provisioned', 'the account was not provisioned here yet'));
      person = known ?? fresh;
      if (state.people.accounts.get(person)?.active === false || (fixed && !isActive(fixed)))
        return err(refusal('inactive-person', 'the account is not active'));
      const isNew = fixed === undefined && before !== person;
      const added: DirectoryEvent[] = isNew
        ? [{ type: 'person.added', at, by: BY, person, provider: verified.provider, subject }]
        : [];
      // R5: whoever signed in before SCIM told of them stays the same human
      const was = isNew && before !== undefined ? humanOf(state.people, before) : person;
      if (was !== humanOf(state.people, person))
        added.push({ type: 'person.linked', at, by: BY, person: was, to: person });
      const link = linkTo === undefined ? ok([]) : linkOf(state, person, linkTo);
      if (!link.ok) return link;
      return ok({
        events: [
          ...added,
          ...groupsTold(state, person, verified, at),
          ...link.value.map((to): DirectoryEvent => ({
            type: 'person.linked',
            at,
            by: to,
            person,
            to,
          })),
        ],
      });
    });
    if (!changed.ok)
      return err(
        typeof changed.error === 'string'
          ? refusal(changed.error, 'too much changes at once')
          : changed.error,
      );
    const { name, email } = verified;
    // what SCIM tells of a person is shown of them
    if (fixed === undefined && changed.value.people.accounts.get(person)?.provisioned === undefined)
      await profiles.tell(
        person,
        { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) },
        BY,
      );
    return ok(person);
  };

  /** An account is linked once; an account that is another human's stays theirs. */
  function linkOf(
    state: RosterState,
    person: string,
    to: string,
  ): Result<readonly string[], SignInRefusal> {
    const [mine, theirs] = [parts.humanOf(to), parts.humanOf(person)];
    if (mine === theirs || humanOf(state.people, person) === humanOf(state.people, to))
      return ok([]);
    if (theirs !== person)
      return err(refusal('already-linked', 'the account is linked to another human'));
    return ok([to]);
  }
}

/** Nobody whom SCIM has not told of, though they signed in before it did. */
function toldOf({ people }: RosterState, person: string | undefined): string | undefined {
  const account = person === undefined ? undefined : people.accounts.get(person);
  return account?.provisioned ? account.id : undefined;
}

function groupsTold(
  state: RosterState,
  person: string,
  { groups }: Verified,
  at: ReturnType<Clock>,
): readonly DirectoryEvent[] {
  const before = state.people.accounts.get(person)?.groups.claim;
  if (groups === undefined || before?.join('\0') === groups.join('\0')) return [];
  return [{ type: 'person.groups-told', at, by: BY, person, from: 'claim', groups }];
}
