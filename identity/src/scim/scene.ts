import type { Profiles } from '../profiles.ts';
import type { People } from '../roster/people.ts';
import type { Roster } from '../roster/roster.ts';
import type { Connection } from './connection.ts';
import type { Records } from './records.ts';
import { refusal, type ScimRefusal } from './refusal.ts';

/** What every SCIM request works with. */
export type ScimParts = {
  readonly roster: Pick<Roster, 'now' | 'current' | 'change'>;
  readonly records: Records;
  readonly profiles: Pick<Profiles, 'tell'>;
  readonly random: (length: number) => Uint8Array;
  /** Key of the digests that stand for identifiers. */
  readonly key: Uint8Array;
  /** Who has signed in at a provider as a subject, or is configured to be it. */
  readonly signedIn: (people: People, provider: string, subject: string) => string | undefined;
};

/** One connection at work. */
export type Scene = ScimParts & { readonly connection: Connection; readonly busy: ScimRefusal };

export const BUSY: ScimRefusal = refusal(503, 'too much changes at once; send it again');
