import type { Assurance } from '@countersign/core';
import { z } from 'zod';

/** An account of a person, as administrators see it. */
export type PersonItem = {
  readonly id: string;
  readonly name: string;
  /** The human behind it: equal for linked accounts. */
  readonly human: string;
  readonly groups: readonly string[];
  /** Who says so; absent where nobody says anything of groups. */
  readonly groupsFrom?: 'scim' | 'directory' | 'claim' | 'configuration';
  readonly active: boolean;
  /** Who has taken the account out. */
  readonly outBy?: 'administrator' | 'scim' | 'configuration';
  /** The identity provider it comes from. */
  readonly provider?: string;
  /** The SCIM connection that tells of it. */
  readonly connection?: string;
  readonly source: 'configuration' | 'sign-in' | 'scim';
  readonly reach: Assurance;
  /** How many passkeys it has. */
  readonly passkeys: number;
};
const groupsFrom = z.enum(['scim', 'directory', 'claim', 'configuration']);
export const personItem: z.ZodType<PersonItem> = z.strictObject({
  id: z.string(),
  name: z.string(),
  human: z.string(),
  groups: z.array(z.string()),
  groupsFrom: groupsFrom.exactOptional(),
  active: z.boolean(),
  outBy: z.enum(['administrator', 'scim', 'configuration']).exactOptional(),
  provider: z.string().exactOptional(),
  connection: z.string().exactOptional(),
  source: z.enum(['configuration', 'sign-in', 'scim']),
  reach: z.enum(['chat', 'session', 'passkey', 'hardware']),
  passkeys: z.int().min(0),
});

export type PersonList = { readonly items: readonly PersonItem[]; readonly next?: string };
export const personList: z.ZodType<PersonList> = z.strictObject({
  items: z.array(personItem),
  next: z.string().exactOptional(),
});

const reason = z.string().trim().min(1).max(500);

/** Why somebody is taken out. */
export type Deactivating = { readonly reason: string };
export const deactivating: z.ZodType<Deactivating> = z.strictObject({ reason });

/** Why somebody comes in again. */
export type Activating = { readonly reason?: string };
export const activating: z.ZodType<Activating> = z.strictObject({
  reason: reason.exactOptional(),
});

/** The other account of the same human. */
export type Linking = { readonly to: string };
export const linking: z.ZodType<Linking> = z.strictObject({ to: z.string().min(1).max(256) });

const item: PersonItem = {
  id: 'per_8Hq2Xv9LmT4cRw8ZpQ1s',
  name: 'Dana Ito',
  human: 'per_8Hq2Xv9LmT4cRw8ZpQ1s',
  groups: ['data-owners'],
  groupsFrom: 'scim',
  active: true,
  provider: 'okta',
  connection: 'okta',
  source: 'scim',
  reach: 'passkey',
  passkeys: 1,
};

/** One example of each named schema of people. */
export const PERSON_EXAMPLES: Readonly<Record<string, unknown>> = {
  Person: item,
  PersonList: { items: [item], next: item.id },
  DeactivatePerson: { reason: 'left the company' },
  ActivatePerson: { reason: 'is back from leave' },
  LinkPerson: { to: 'dana' },
};
