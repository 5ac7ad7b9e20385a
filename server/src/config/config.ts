import type { Digest, Fact } from '@countersign/core';
import type { Table } from '@countersign/gate-api';
import {
  WORKLOAD_ALGORITHMS,
  WORKLOAD_KINDS,
  type WorkloadAlgorithm,
  type WorkloadKind,
} from '@countersign/identity';
import { channels, type ChannelSettings } from './channels.ts';
import { drills, type DrillSettings } from './drills.ts';
import { mcp, type McpSettings } from './mcp.ts';
import { postgres, type PostgresSettings } from './postgres.ts';
import {
  addressText,
  attribute,
  contact,
  claimValue,
  databaseUrl,
  duration,
  endpoint,
  file,
  flag,
  hostName,
  folder,
  id,
  integer,
  issuer,
  listen,
  oneOf,
  origin,
  keysUrl,
  plainFact,
  providerId,
  schemaName,
  secretText,
  spiffeId,
  text,
  timeZone,
  token,
  trustDomain,
  typeName,
  type Listen,
  type Secret,
} from './forms.ts';
import { listOf, mapOf, optional, record, required, type Shape } from './shape.ts';

/** Everything an operator decides, parsed once and frozen. The comments are the guide's key table. */
export type Config = {
  /** Address the gateway listens on. One that others can reach only behind TLS: `public_url` then is the `https://` origin in front. */
  readonly listen: Listen;
  /** Origin people and agents use. Without it: `http://` and the address of `listen`. */
  readonly publicUrl?: string;
  /** Folder of the ledger, the encrypted payloads and the keys. Relative to this file. */
  readonly dataDir: string;
  /** PostgreSQL that holds the ledger, for any number of gateways. Without it: embedded SQLite in `data_dir`, for one. */
  readonly database?: Database;
  /** Folder of the installation's keys, the same set for every gateway on one ledger: see `countersign keys init`. Without it: `keys` in `data_dir`. Relative to this file. */
  readonly keysDir?: string;
  /** File with the last signed checkpoint. On another volume than `data_dir`, a restored copy of the folder is noticed. Without it: `last-signed` in `data_dir`. Relative to this file. */
  readonly lastSigned?: string;
  /** Folder of `*.cedar`, `schema.cedarschema`, `actions.yaml` and `tests/`. Relative to this file. */
  readonly policies: string;
  /** IANA time zone of policy's weekday and hour. */
  readonly timeZone: string;
  /** Ceilings on time and size. */
  readonly limits: Limits;
  /** Who may propose actions. */
  readonly agents: readonly AgentEntry[];
  /** Whose tokens workloads may show in place of a key. */
  readonly workloadIssuers: readonly WorkloadIssuerEntry[];
  /** A listener for agents that show a certificate. */
  readonly agentsTls?: AgentsTls;
  /** Who may redeem grants where an action type or a resource names an executor. */
  readonly executors: readonly ExecutorEntry[];
  /** Who may be asked, besides those who come from an identity provider. */
  readonly people: readonly PersonEntry[];
  /** Which groups manage the installation, and which see everything. */
  readonly access: Access;
  /** Groups whose members come from an identity provider: policies may name them before anyone is in them. */
  readonly groups: readonly string[];
  /** How people sign in. */
  readonly signIn: SignInSettings;
  /** Passkeys: how they come in, and which count as hardware. */
  readonly passkeys: PasskeySettings;
  /** Directories that are asked for the groups of people. */
  readonly directories: readonly DirectoryEntry[];
  /** Identity providers that tell of their people by SCIM. */
  readonly scim: readonly ScimEntry[];
  /** What agents may act on, with everything facts are looked up in. */
  readonly resources: readonly ResourceEntry[];
  /** Stops agents at once, before policy is asked. */
  readonly killSwitch: KillSwitch;
  /** What the gateway writes to its log. */
  readonly log: Log;
  /** Where traces and metrics are sent. */
  readonly telemetry: Telemetry;
  /** Where metrics are read. */
  readonly metrics: Scrape;
  /** Web Push: browsers of people who may answer are woken when somebody is asked. Without it nobody is. */
  readonly push?: PushSettings;
  /** Drills, to be announced before they begin. Without it there are none. */
  readonly drills?: DrillSettings;
  /** Where people are asked besides the console: Slack, Teams, mail, webhooks, PagerDuty. */
  readonly channels: ChannelSettings;
  /** MCP servers behind the gateway. */
  readonly mcp: McpSettings;
  /** PostgreSQL databases behind the gateway. */
  readonly postgres: PostgresSettings;
};

/** Web Push, by the push services of browsers. */
export type PushSettings = {
  /** Who push services write to when something is wrong: `mailto:` or `https://`. They see it with every message. */
  readonly contact: string;
  /** Host names of other push services than those of Chrome, Edge, Firefox and Safari. */
  readonly hosts: readonly string[];
};

/** Where the ledger lies when more than one gateway works on it. */
export type Database = {
  /** `postgres://user:password@host:5432/database`, by reference. */
  readonly url: Secret;
  /** Schema of this ledger; made by `countersign migrate`. */
  readonly schema: string;
  /** Connections for reading, per gateway; up to four more append, listen and look. */
  readonly connections: number;
  /** Lets the next append begin before the disk write of the last is done; each is acknowledged only after it all the same. For databases on slow disks, where it gains a tenth. */
  readonly isEarlyRelease: boolean;
};

/** Ceilings on time and size; durations in milliseconds. */
export type Limits = {
  /** How long the grant of an allowed action may be used. */
  readonly grantMs: number;
  /** How long an executor has to report; afterwards the outcome is `unknown`. */
  readonly executionMs: number;
  /** How long an identical denied action is refused from memory. */
  readonly denialMs: number;
  /** How long an idempotency key is remembered. */
  readonly idempotencyMs: number;
  /** Most approvals one agent may have waiting; beyond it nobody is asked. */
  readonly maxPendingPerAgent: number;
  /** The same for one session of an agent, as the agent names it. */
  readonly maxPendingPerSession: number;
  /** The same for all agents of one owner together. */
  readonly maxPendingPerOwner: number;
  /** Most requests put before any one reviewer within an hour, half of them by one agent; beyond it nobody is asked. */
  readonly attentionPerReviewer: number;
  /** After so many denials of an agent's actions of one type on one resource within `denial_memory`, further ones are refused from memory. */
  readonly denialsBeforeLock: number;
  /** How long the grant of a broken glass may be used. */
  readonly glassUseMs: number;
  /** How long the review of a broken glass may take; while one takes longer, no other is broken. */
  readonly glassReviewMs: number;
  /** Largest request body in bytes. */
  readonly bodyBytes: number;
};

/** A non-human principal. */
export type AgentEntry = {
  /** Name in policy (`Agent::"…"`). Unique among agents, executors and people. */
  readonly id: string;
  /** Its credential, `csk_…`, by reference; only its digest is kept, and what databases know it by. Without it: a key that is issued to it, a token of its workload, or its certificate. */
  readonly tokenDigest?: Digest;
  /** The accountable person. Never approves what this agent does. */
  readonly owner: string;
  /** Group of the owner's team, for `@exclude("owner-team")`. */
  readonly ownerTeam?: string;
  /** Teams it is a member of in policy (`principal in Team::"…"`). */
  readonly teams: readonly string[];
  /** From 0, new, to 3, proven. */
  readonly trust: number;
  /** Persons it may say it acts for; its owner always is one. */
  readonly actsFor: readonly string[];
  /** Persons who passed authority on to it. They never approve what it does. */
  readonly delegators: readonly string[];
  /** Seen by policy as `principal.quarantined`. */
  readonly quarantined: boolean;
  /** Workloads that are this agent: whoever shows a token with all of these claims. */
  readonly workloads: readonly BindingEntry[];
  /** The SPIFFE id its certificate names, for `agents_tls`. */
  readonly spiffe?: string;
};

/** What makes a workload an agent. */
export type BindingEntry = {
  /** An issuer of `workload_issuers`, by its id. */
  readonly issuer: string;
  /** Claims its token must carry, each with exactly this text; a list names those any one of which will do. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
};

/** An issuer of workload tokens, such as a CI system or a cluster. */
export type WorkloadIssuerEntry = {
  /** Named by `workloads` of agents. */
  readonly id: string;
  /** What it is: says which claims must be bound. */
  readonly kind: WorkloadKind;
  /** Exactly what stands in `iss` of its tokens. */
  readonly issuer: string;
  /** Exactly what stands in `aud`: one for each installation, so that a token for another one is of no use here. */
  readonly audience: string;
  /** Address of its public keys (JWKS), `https://`. */
  readonly jwksUri?: string;
  /** File with its public keys (JWKS), in place of `jwks_uri`. Relative to this file; read again when a token names a key that is not in it. */
  readonly jwks?: string;
  /** Signature algorithms it uses. */
  readonly algorithms: readonly WorkloadAlgorithm[];
  /** How long after it was issued a token may be used. */
  readonly maxAgeMs: number;
};

/** A listener of its own for agents, TLS 1.3 with certificates on both sides; nothing but their routes is there. */
export type AgentsTls = {
  /** Address to listen on. */
  readonly listen: Listen;
  /** PEM file of the gateway's certificate and those between it and its root. Relative to this file; read again when it changes. */
  readonly cert: string;
  /** PEM file of the private key. */
  readonly key: string;
  /** PEM file of the authorities that sign certificates of agents. */
  readonly clientCa: string;
  /** The SPIFFE trust domain agents are in. */
  readonly trustDomain: string;
};

/** A service that runs what was granted. */
export type ExecutorEntry = {
  /** Named by `executor` of an action type or a resource. */
  readonly id: string;
  /** Its credential, `cse_…`, by reference; only its digest is kept. */
  readonly tokenDigest: Digest;
};

/** An account of a verified human. */
export type PersonEntry = {
  /** Unique among agents, executors and people. */
  readonly id: string;
  /** Shown to others. */
  readonly name: string;
  /** Their credential, `csp_…`; counts as assurance `chat`. By reference; only its digest is kept. Without it they sign in. */
  readonly tokenDigest?: Digest;
  /** Who they are to identity providers. */
  readonly identities: readonly IdentityEntry[];
  /** Groups named by `@approvers`. */
  readonly groups: readonly string[];
  /** False: neither votes nor counts any more. */
  readonly active: boolean;
  /** Where mails to them go. Without it: as their identity provider tells it. */
  readonly email?: string;
  /** Another account of the same human. Linked accounts count and are excluded as one. */
  readonly sameAs?: string;
};

/** Rights that membership in a group gives. Neither lets anybody decide on an action (R5). */
export type Access = {
  /** Their members manage people, agents and keys. */
  readonly administrators: readonly string[];
  /** Their members see every action. */
  readonly auditors: readonly string[];
};

/** Who somebody is to an identity provider. */
export type IdentityEntry = {
  /** Its `id` under `sign_in.providers`. */
  readonly provider: string;
  /** What its `subject_claim` says of them; never an e-mail address. */
  readonly subject: string;
};

/** How people sign in, and for how long. */
export type SignInSettings = {
  /** How long proof of who somebody is counts as recent: assurance `session`. */
  readonly recentMs: number;
  /** A browser that is not used for this long is signed out. */
  readonly idleMs: number;
  /** Everyone signs in anew after this long. */
  readonly absoluteMs: number;
  /** An identity provider without passwords for whoever is at this machine: anyone may be any of `people`. Refused unless `public_url`, or `listen`, is loopback. */
  readonly development: boolean;
  /** Identity providers (OpenID Connect). */
  readonly providers: readonly ProviderEntry[];
};

/** An identity provider. */
export type ProviderEntry = {
  /** In addresses (`/auth/callback/<id>`) and in the ledger; never changed. */
  readonly id: string;
  /** On the sign-in page. Without it: the `id`. */
  readonly name?: string;
  /** As its discovery document says it, to the letter. */
  readonly issuer: string;
  /** What it knows this gateway as. */
  readonly clientId: string;
  /** Its secret for this gateway, by reference. Without it: a public client, protected by PKCE alone. */
  readonly clientSecret?: Secret;
  /** What is asked for. */
  readonly scopes: readonly string[];
  /** Which claim says who it is, besides the issuer: one that is never given to another, such as `oid` at Entra. */
  readonly subjectClaim: string;
  /** Groups in its ID tokens. Without it: none are taken from there. */
  readonly groups?: ClaimedGroups;
  /** Its people come by SCIM: whoever it has not told of may not sign in. */
  readonly scim: boolean;
  /** Asked for, and one of them demanded (`acr`). */
  readonly acrValues: readonly string[];
  /** One of them is demanded (`amr`), such as `mfa`. */
  readonly amr: readonly string[];
  /** Google: the only organization whose accounts may sign in (`hd`). */
  readonly hostedDomain?: string;
  /** Entra: the only tenant whose accounts may sign in (`tid`); its guests may not. */
  readonly tenant?: string;
  /** Claims that must be so, or, where they are lists, must have it. */
  readonly requiredClaims: Readonly<Record<string, string>>;
  /** How its tokens may be signed. */
  readonly algorithms: readonly string[];
};

/** Groups in ID tokens. */
export type ClaimedGroups = {
  /** The claim they stand in. */
  readonly claim: string;
  /** What each is called here, by what it is called there. Others are not taken. */
  readonly map: Readonly<Record<string, string>>;
};

/** Google Workspace, asked for the groups of people who sign in by it. */
export type DirectoryEntry = {
  /** In the ledger (`directory:<id>`); never changed. */
  readonly id: string;
  /** The `id` under `sign_in.providers` whose people are asked for, unless SCIM tells of them. */
  readonly provider: string;
  /** Key file (JSON) of a service account with the admin role Groups Reader, by reference. */
  readonly serviceAccount: Secret;
  /** Where the Cloud Identity API is. */
  readonly endpoint: string;
  /** Which groups are taken. */
  readonly groups: DirectoryGroups;
};

/** Groups of a directory. */
export type DirectoryGroups = {
  /** What each is called here, by its address there. Others are not taken. */
  readonly map: Readonly<Record<string, string>>;
};

/** An identity provider that tells of its people by SCIM 2.0, at `/scim/v2`. */
export type ScimEntry = {
  /** In the ledger (`scim:<id>`); never changed. */
  readonly id: string;
  /** The `id` under `sign_in.providers` whose people these are. Whoever it has not told of may not sign in there. */
  readonly provider: string;
  /** Its credential, `csc_…`, by reference; only its digest is kept. */
  readonly tokenDigest: Digest;
  /** The credential before, good as well while it is exchanged. */
  readonly previousTokenDigest?: Digest;
  /** How somebody who signs in is found: by `externalId` equal to the `subject_claim`, or by `userName` equal to `preferred_username`. */
  readonly match: 'external-id' | 'user-name';
  /** Which of its groups are taken; then what it says of groups is all there is. Without it: none. */
  readonly groups?: ScimGroups;
};

/** Groups that are told by SCIM. */
export type ScimGroups = {
  /** What each is called here, by its `displayName` there, whatever its letter case. */
  readonly map: Readonly<Record<string, string>>;
  /** Takes the others too, under their own names where those are ids; never one of `access`. */
  readonly others: boolean;
};

/** Something agents act on. */
export type ResourceEntry = {
  /** Type in policy, such as `Database`. */
  readonly type: string;
  /** Name in policy. Unique for its type. */
  readonly id: string;
  /** Attributes in policy; `{entity: Env, id: prod}` names an entity. */
  readonly attrs: Readonly<Record<string, Fact>>;
  /** Entities it is in, in policy. */
  readonly parents: readonly Reference[];
  /** The person behind it, such as the holder of an account: the subject of actions on it. */
  readonly person?: string;
  /** Who redeems grants for actions on it, before what the action type says. Absent: the type's executor, or the agent. */
  readonly executor?: string;
  /** Tables by exact name. What is not listed is not understood. */
  readonly tables: Readonly<Record<string, Table>>;
  /** Registered things by list and key, such as releases or plans; read by `lookup` facts. */
  readonly lists: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, Fact>>>>>
  >;
};

/** An entity of policy. */
export type Reference = {
  /** Its type. */
  readonly entity: string;
  /** Its id. */
  readonly id: string;
};

/** The switch that stops agents. */
export type KillSwitch = {
  /** Stops every agent. */
  readonly all: boolean;
  /** Stops these agents. */
  readonly agents: readonly string[];
};

/** The gateway's log. */
export type Log = {
  /** Least severe messages that are written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
};

/** Traces and metrics that are sent away (OTLP over HTTP). */
export type Telemetry = {
  /** Base address of an OpenTelemetry collector, such as `http://127.0.0.1:4318`; `/v1/traces` and `/v1/metrics` are put behind it. Without it: nothing is sent, and nothing of OpenTelemetry is loaded. */
  readonly endpoint?: string;
  /** Name of the service (`service.name`). */
  readonly service: string;
  /** How often metrics are sent. */
  readonly intervalMs: number;
};

/** A listener for scrapers. */
export type Scrape = {
  /** Address that answers `/metrics`, `/healthz` and `/readyz` and nothing else, in plain HTTP; any address is allowed, keep strangers off it by network policy. Without it: `/metrics` only on `listen`, for local callers. */
  readonly listen?: Listen;
};

/** Passkeys of people. */
export type PasskeySettings = {
  /** When a second person, an administrator, must vouch for a passkey: `recovery`, where a person had passkeys and none is left to vouch; `always`, for a person's first one as well. */
  readonly secondPerson: 'always' | 'recovery';
  /** Metadata about models of authenticators: the BLOB of the FIDO Metadata Service as it is downloaded, or a JSON list of metadata statements. With it, a passkey whose model attests that it is bound to hardware counts as `hardware`; without it, none does. Relative to this file. */
  readonly metadata?: string;
};

/** What a table holds, as the catalogue says. */
type TableEntry = {
  /** Row count, rounded up. */
  readonly rows: number;
  /** Columns without personal data; those under `pii` need not be repeated. */
  readonly columns: readonly string[];
  /** Data class of each column with personal data. */
  readonly pii: Readonly<Record<string, string>>;
};

const database: Shape<Database> = record<Database>('Database', {
  url: required('url', databaseUrl),
  schema: optional('schema', schemaName, 'countersign'),
  connections: optional('connections', integer(1, 100), 8),
  isEarlyRelease: optional('early_lock_release', flag, false),
});

const MANY: number = Number.MAX_SAFE_INTEGER;

const limits: Shape<Limits> = record<Limits>('Limits', {
  grantMs: optional('grant_ttl', duration, '5m'),
  executionMs: optional('execution_timeout', duration, '15m'),
  denialMs: optional('denial_memory', duration, '10m'),
  idempotencyMs: optional('idempotency', duration, '24h'),
  maxPendingPerAgent: optional('max_pending_per_agent', integer(1, 10_000), 100),
  maxPendingPerSession: optional('max_pending_per_session', integer(1, 10_000), 50),
  maxPendingPerOwner: optional('max_pending_per_owner', integer(1, 100_000), 200),
  attentionPerReviewer: optional('attention_per_reviewer', integer(1, 1_000_000), 60),
  denialsBeforeLock: optional('denials_before_lock', integer(1, 100), 3),
  glassUseMs: optional('break_glass_use', duration, '10m'),
  glassReviewMs: optional('break_glass_review', duration, '24h'),
  bodyBytes: optional('body_bytes', integer(1_024, 16_777_216), 1_048_576),
});

const binding: Shape<BindingEntry> = record<BindingEntry>('BindingEntry', {
  issuer: required('issuer', id),
  claims: required('claims', mapOf(claimValue)),
});

const workloadIssuer: Shape<WorkloadIssuerEntry> = record<WorkloadIssuerEntry>(
  'WorkloadIssuerEntry',
  {
    id: required('id', id),
    kind: optional('kind', oneOf(WORKLOAD_KINDS), 'other'),
    issuer: required('issuer', text),
    audience: required('audience', text),
    jwksUri: optional('jwks_uri', keysUrl),
    jwks: optional('jwks', file),
    algorithms: optional('algorithms', listOf(oneOf(WORKLOAD_ALGORITHMS)), ['RS256', 'ES256']),
    maxAgeMs: optional('max_age', duration, '10m'),
  },
);

const agentsTls: Shape<AgentsTls> = record<AgentsTls>('AgentsTls', {
  listen: required('listen', listen),
  cert: required('cert', file),
  key: required('key', file),
  clientCa: required('client_ca', file),
  trustDomain: required('trust_domain', trustDomain),
});

const agent: Shape<AgentEntry> = record<AgentEntry>('AgentEntry', {
  id: required('id', id),
  tokenDigest: optional('token', token('csk_')),
  owner: required('owner', id),
  ownerTeam: optional('owner_team', id),
  teams: optional('teams', listOf(id), []),
  trust: optional('trust', integer(0, 3), 0),
  actsFor: optional('acts_for', listOf(id), []),
  delegators: optional('delegators', listOf(id), []),
  quarantined: optional('quarantined', flag, false),
  workloads: optional('workloads', listOf(binding), []),
  spiffe: optional('spiffe', spiffeId),
});

const executor: Shape<ExecutorEntry> = record<ExecutorEntry>('ExecutorEntry', {
  id: required('id', id),
  tokenDigest: required('token', token('cse_')),
});

const identity: Shape<IdentityEntry> = record<IdentityEntry>('IdentityEntry', {
  provider: required('provider', id),
  subject: required('subject', text),
});

const claimedGroups: Shape<ClaimedGroups> = record<ClaimedGroups>('ClaimedGroups', {
  claim: optional('claim', text, 'groups'),
  map: required('map', mapOf(id, /^[^\p{C}]{1,256}$/u)),
});

/** Signed by a key that is not shared: a secret that two have proves nothing about which of them wrote. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const;

const provider: Shape<ProviderEntry> = record<ProviderEntry>('ProviderEntry', {
  id: required('id', providerId),
  name: optional('name', text),
  issuer: required('issuer', issuer),
  clientId: required('client_id', text),
  clientSecret: optional('client_secret', secretText),
  scopes: optional('scopes', listOf(text), ['openid', 'profile', 'email']),
  subjectClaim: optional('subject_claim', text, 'sub'),
  groups: optional('groups', claimedGroups),
  scim: optional('scim', flag, false),
  acrValues: optional('acr_values', listOf(text), []),
  amr: optional('amr', listOf(text), []),
  hostedDomain: optional('hosted_domain', text),
  tenant: optional('tenant', text),
  requiredClaims: optional('required_claims', mapOf(text), {}),
  algorithms: optional('algorithms', listOf(oneOf(ALGORITHMS)), ['RS256', 'ES256', 'EdDSA']),
});

const signIn: Shape<SignInSettings> = record<SignInSettings>('SignInSettings', {
  recentMs: optional('recent', duration, '1h'),
  idleMs: optional('idle', duration, '30m'),
  absoluteMs: optional('absolute', duration, '12h'),
  development: optional('development', flag, false),
  providers: optional('providers', listOf(provider), []),
});

const person: Shape<PersonEntry> = record<PersonEntry>('PersonEntry', {
  id: required('id', id),
  name: required('name', text),
  tokenDigest: optional('token', token('csp_')),
  identities: optional('identities', listOf(identity), []),
  groups: optional('groups', listOf(id), []),
  active: optional('active', flag, true),
  email: optional('email', addressText),
  sameAs: optional('same_as', id),
});

const directoryGroups: Shape<DirectoryGroups> = record<DirectoryGroups>('DirectoryGroups', {
  map: required('map', mapOf(id, /^[^\p{C}\s]{1,320}$/u)),
});

const directory: Shape<DirectoryEntry> = record<DirectoryEntry>('DirectoryEntry', {
  id: required('id', providerId),
  provider: required('provider', id),
  serviceAccount: required('service_account', secretText),
  endpoint: optional('endpoint', endpoint, 'https://cloudidentity.googleapis.com'),
  groups: required('groups', directoryGroups),
});

const scimGroups: Shape<ScimGroups> = record<ScimGroups>('ScimGroups', {
  map: optional('map', mapOf(id, /^[^\p{C}]{1,256}$/u), {}),
  others: optional('others', flag, false),
});

const scim: Shape<ScimEntry> = record<ScimEntry>('ScimEntry', {
  id: required('id', providerId),
  provider: required('provider', id),
  tokenDigest: required('token', token('csc_')),
  previousTokenDigest: optional('previous_token', token('csc_')),
  match: optional('match', oneOf(['external-id', 'user-name']), 'external-id'),
  groups: optional('groups', scimGroups),
});

const access: Shape<Access> = record<Access>('Access', {
  administrators: optional('administrators', listOf(id), ['administrators']),
  auditors: optional('auditors', listOf(id), ['auditors']),
});

const passkeys: Shape<PasskeySettings> = record<PasskeySettings>('PasskeySettings', {
  secondPerson: optional('second_person', oneOf(['always', 'recovery']), 'recovery'),
  metadata: optional('metadata', file),
});

const table: Shape<TableEntry> = record<TableEntry>('TableEntry', {
  rows: required('rows', integer(0, MANY)),
  columns: optional('columns', listOf(text), []),
  pii: optional('pii', mapOf(text), {}),
});

const reference: Shape<Reference> = record<Reference>('Reference', {
  entity: required('entity', typeName),
  id: required('id', text),
});

const resource: Shape<ResourceEntry> = record<ResourceEntry>('ResourceEntry', {
  type: required('type', typeName),
  id: required('id', text),
  attrs: optional('attrs', mapOf(attribute), {}),
  parents: optional('parents', listOf(reference), []),
  person: optional('person', id),
  executor: optional('executor', id),
  tables: optional('tables', mapOf(table), {}),
  lists: optional('lists', mapOf(mapOf(mapOf(plainFact), /^[!-~]+$/)), {}),
});

const killSwitch: Shape<KillSwitch> = record<KillSwitch>('KillSwitch', {
  all: optional('all', flag, false),
  agents: optional('agents', listOf(id), []),
});

const log: Shape<Log> = record<Log>('Log', {
  level: optional('level', oneOf(['debug', 'info', 'warn', 'error']), 'info'),
});

const push: Shape<PushSettings> = record<PushSettings>('PushSettings', {
  contact: required('contact', contact),
  hosts: optional('hosts', listOf(hostName), []),
});

const telemetry: Shape<Telemetry> = record<Telemetry>('Telemetry', {
  endpoint: optional('endpoint', endpoint),
  service: optional('service', id, 'countersign'),
  intervalMs: optional('interval', duration, '30s'),
});

const scrape: Shape<Scrape> = record<Scrape>('Scrape', {
  listen: optional('listen', listen),
});

/** The form of `countersign.yaml`: reader, guide and JSON Schema in one. */
export const CONFIG: Shape<Config> = record<Config>('Config', {
  listen: optional('listen', listen, '127.0.0.1:8088'),
  publicUrl: optional('public_url', origin),
  dataDir: optional('data_dir', folder, '.countersign'),
  database: optional('database', database),
  keysDir: optional('keys_dir', folder),
  lastSigned: optional('last_signed', file),
  policies: optional('policies', folder, 'policies'),
  timeZone: optional('time_zone', timeZone, 'UTC'),
  limits: optional('limits', limits, {}),
  agents: optional('agents', listOf(agent), []),
  workloadIssuers: optional('workload_issuers', listOf(workloadIssuer), []),
  agentsTls: optional('agents_tls', agentsTls),
  executors: optional('executors', listOf(executor), []),
  people: optional('people', listOf(person), []),
  access: optional('access', access, {}),
  passkeys: optional('passkeys', passkeys, {}),
  groups: optional('groups', listOf(id), []),
  signIn: optional('sign_in', signIn, {}),
  directories: optional('directories', listOf(directory), []),
  scim: optional('scim', listOf(scim), []),
  resources: optional('resources', listOf(resource), []),
  killSwitch: optional('kill_switch', killSwitch, {}),
  log: optional('log', log, {}),
  telemetry: optional('telemetry', telemetry, {}),
  metrics: optional('metrics', scrape, {}),
  push: optional('push', push),
  channels: optional('channels', channels, {}),
  drills: optional('drills', drills),
  mcp: optional('mcp', mcp, {}),
  postgres: optional('postgres', postgres, {}),
});
