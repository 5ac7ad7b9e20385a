import { z } from 'zod';
import { moment, name } from './field.ts';

/** Claims a workload's token must carry; a list names those values any one of which will do. */
export type Binding = {
  readonly issuer: string;
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
};
const claim = z.string().min(1).max(1_024);
const binding: z.ZodType<Binding> = z.strictObject({
  issuer: name,
  claims: z.record(name, z.union([claim, z.array(claim).max(32)])),
});

/** An id of an agent, a person or a group: it stands in paths and policies as it is. */
const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@+:-]{0,127}$/,
    'must be letters, digits and . _ @ + : - (at most 128)',
  );
const ids = z.array(id).max(64);
const reason = z.string().trim().min(1).max(500);

/** What an agent is, besides its name. */
type Profile = {
  readonly owner: string;
  readonly ownerTeam?: string;
  readonly teams?: readonly string[];
  readonly trust?: number;
  readonly quarantined?: boolean;
  readonly actsFor?: readonly string[];
  readonly delegators?: readonly string[];
  readonly workloads?: readonly Binding[];
  readonly spiffe?: string;
};
const profile = {
  ownerTeam: id.exactOptional(),
  teams: ids.exactOptional(),
  trust: z.int().min(0).max(3).exactOptional(),
  quarantined: z.boolean().exactOptional(),
  actsFor: ids.exactOptional(),
  delegators: ids.exactOptional(),
  workloads: z.array(binding).max(16).exactOptional(),
  spiffe: z.string().max(2_048).exactOptional(),
};

/** A new agent, by an administrator. */
export type Registering = Profile & { readonly id: string };
export const registering: z.ZodType<Registering> = z.strictObject({ id, owner: id, ...profile });

/** What is to be different; `null` takes away. */
export type Altering = Partial<Omit<Profile, 'ownerTeam' | 'spiffe'>> & {
  readonly ownerTeam?: string | null;
  readonly spiffe?: string | null;
  readonly reason?: string;
};
export const altering: z.ZodType<Altering> = z.strictObject({
  ...profile,
  owner: id.exactOptional(),
  ownerTeam: id.nullable().exactOptional(),
  spiffe: z.string().max(2_048).nullable().exactOptional(),
  reason: reason.exactOptional(),
});

/** Why an agent, or all of them, is stopped or may go on. */
export type Stopping = { readonly reason: string };
export const stopping: z.ZodType<Stopping> = z.strictObject({ reason });

export type Switching = { readonly stopped: boolean; readonly reason: string };
export const switching: z.ZodType<Switching> = z.strictObject({ stopped: z.boolean(), reason });

export type Retiring = { readonly reason?: string };
export const retiring: z.ZodType<Retiring> = z.strictObject({ reason: reason.exactOptional() });

/** A key to be issued. */
export type Issuing = { readonly name: string; readonly days?: number };
const days = z.int().min(1).max(365).exactOptional();
export const issuing: z.ZodType<Issuing> = z.strictObject({
  name: z.string().trim().min(1).max(100),
  days,
});

/** A key to take the place of another, which goes on for a while. */
export type Rotating = { readonly days?: number; readonly overlapHours?: number };
export const rotating: z.ZodType<Rotating> = z.strictObject({
  days,
  overlapHours: z.int().min(0).max(720).exactOptional(),
});

/** A key as it is shown, this once. */
export type IssuedKey = {
  readonly id: string;
  readonly key: string;
  readonly expiresAt: string;
  /** The one whose place it takes, and when that ends. */
  readonly replaces?: { readonly id: string; readonly expiresAt: string };
};
const keyId = z.string().regex(/^key_[0-9A-Za-z]{16}$/);
export const issuedKey: z.ZodType<IssuedKey> = z.strictObject({
  id: keyId,
  key: z.string(),
  expiresAt: moment,
  replaces: z.strictObject({ id: keyId, expiresAt: moment }).exactOptional(),
});

/** A key of an agent; the key itself is kept nowhere. */
export type KeyItem = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly revokedAt?: string;
  /** Of this gateway, since it started. */
  readonly lastUsedAt?: string;
};
const keyItem: z.ZodType<KeyItem> = z.strictObject({
  id: keyId,
  name: z.string(),
  createdAt: moment,
  createdBy: z.string(),
  expiresAt: moment,
  revokedAt: moment.exactOptional(),
  lastUsedAt: moment.exactOptional(),
});

/** Since when an agent, or every agent, is stopped. */
export type Stop = { readonly at: string; readonly by: string; readonly reason?: string };
const stop: z.ZodType<Stop> = z.strictObject({
  at: moment,
  by: z.string(),
  reason: z.string().exactOptional(),
});

export type AgentItem = {
  readonly id: string;
  readonly owner: string;
  readonly ownerTeam?: string;
  readonly teams: readonly string[];
  readonly trust: number;
  readonly source: 'configuration' | 'registry';
  /** By name, with all others, or by the configuration. */
  readonly stopped: boolean;
  readonly stop?: Stop;
  readonly quarantined: boolean;
  /** False: nobody answers for it, and nothing it proposes is taken. */
  readonly isOwnerActive: boolean;
  readonly actsFor: readonly string[];
  readonly delegators: readonly string[];
  /** Requests that wait for people. */
  readonly pending: number;
  /** The most that may; beyond it nobody is asked. */
  readonly mostPending: number;
  readonly keys: readonly KeyItem[];
  readonly workloads: readonly Binding[];
  readonly spiffe?: string;
  /** What the caller may do with it. */
  readonly may: { readonly manage: boolean; readonly stop: boolean };
};
const member = z.string();
export const agentItem: z.ZodType<AgentItem> = z.strictObject({
  id: member,
  owner: member,
  ownerTeam: member.exactOptional(),
  teams: z.array(member),
  trust: z.int(),
  source: z.enum(['configuration', 'registry']),
  stopped: z.boolean(),
  stop: stop.exactOptional(),
  quarantined: z.boolean(),
  isOwnerActive: z.boolean(),
  actsFor: z.array(member),
  delegators: z.array(member),
  pending: z.int(),
  mostPending: z.int(),
  keys: z.array(keyItem),
  workloads: z.array(binding),
  spiffe: member.exactOptional(),
  may: z.strictObject({ manage: z.boolean(), stop: z.boolean() }),
});

/** The agents a caller may see; `stopped`: the switch for all is on. */
export type AgentList = {
  readonly items: readonly AgentItem[];
  readonly stopped: boolean;
  readonly stop?: Stop;
};
export const agentList: z.ZodType<AgentList> = z.strictObject({
  items: z.array(agentItem),
  stopped: z.boolean(),
  stop: stop.exactOptional(),
});

/** How the switch for all agents stands. */
export type SwitchState = { readonly stopped: boolean; readonly stop?: Stop };
export const switchState: z.ZodType<SwitchState> = z.strictObject({
  stopped: z.boolean(),
  stop: stop.exactOptional(),
});

/** A key that opens nothing any more. */
export type KeyEnded = { readonly id: string; readonly revokedAt: string };
export const keyEnded: z.ZodType<KeyEnded> = z.strictObject({ id: keyId, revokedAt: moment });
