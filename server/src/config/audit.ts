import { canonical, hmac, type Json, type MaskingPolicy } from '@countersign/core';
import type { ApiActionType } from '@countersign/gate-api';
import type { Routing } from '../routing/routing.ts';
import { CONFIG, type Config } from './config.ts';
import type { DatabaseClasses } from './data-classes.ts';
import type { Secret } from './forms.ts';
import type { Shape } from './shape.ts';
import type { Verifiers } from './verifiers.ts';

/** A configuration with the action types and the routing it is in force with. */
export type InForce = {
  readonly config: Config;
  readonly types: readonly ApiActionType[];
  readonly routing: Routing;
  /** What agents of the configuration are known by to the database gate. */
  readonly verifiers?: Verifiers;
  /** What columns of databases hold. */
  readonly classes?: DatabaseClasses;
  /** Who sees which classes in clear; absent: nobody any. */
  readonly masking?: MaskingPolicy;
};

/** By list and id: a mark of every member. */
type Lists = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/**
 * A configuration as it may be kept in clear: names, ids, and those values that are nobody's secret.
 * Every other value is a mark, a keyed digest that shows that it changed and nothing else (R9).
 */
export type Audited = { readonly settings: Readonly<Record<string, Json>>; readonly lists: Lists };

const MARK = 'hmac:';
/** 96 bits: enough to tell any two values apart, and a large configuration stays small. */
const MARK_DIGITS = 24;

/** Whether a setting is kept as a mark only. */
export const isMark = (value: Json | undefined): boolean =>
  typeof value === 'string' && value.startsWith(MARK);

/** Folders of a machine: replicas of one installation may have others without deciding anything else. */
const LOCAL = new Set([
  'data_dir',
  'keys_dir',
  'last_signed',
  'policies',
  'agents_tls.cert',
  'agents_tls.key',
  'agents_tls.client_ca',
  'workload_issuers.jwks',
  'mcp.servers.ca',
  'mcp.servers.cwd',
  'postgres.tls.cert',
  'postgres.tls.key',
  'postgres.tls.client_ca',
  'postgres.databases.classes',
]);

/** Settings whose values are told. */
const TOLD = new Set([
  'listen',
  'public_url',
  'time_zone',
  'database.schema',
  'database.connections',
  'database.early_lock_release',
  'log.level',
  'access.administrators',
  'access.auditors',
  'kill_switch.all',
  'kill_switch.agents',
  'metrics.listen',
  'push.hosts',
  'agents_tls.listen',
  'agents_tls.trust_domain',
  'telemetry.service',
  'telemetry.interval',
  'groups',
  'sign_in.recent',
  'sign_in.idle',
  'sign_in.absolute',
  'sign_in.development',
  'mcp.authorization_servers',
  'postgres.listen',
  'postgres.plain_text',
  'postgres.tls.trust_domain',
]);
const isTold = (name: string): boolean => TOLD.has(name) || /^(?:postgres\.)?limits\./.test(name);

/** What may be kept of a configuration. `key` is the installation's: without it no mark can be guessed. */
export function audit(inForce: InForce, key: Uint8Array): Audited {
  const { config, types, routing, classes = {} } = inForce;
  const mark = (name: string, value: unknown): string =>
    MARK + hmac(key, canonical({ name, value: plain(value) })).slice(0, MARK_DIGITS);
  const settings: Record<string, Json> = {};
  const lists: Record<string, Lists[string]> = {};
  const list = (name: string, items: readonly object[]): void => {
    lists[name] = Object.fromEntries(items.map((item) => [idOf(item), mapped(item, name, mark)]));
  };
  for (const { name, value, shape } of membersOf(CONFIG, config)) {
    if (LOCAL.has(name)) continue;
    if (shape.form === 'list of record') list(name, value as readonly object[]);
    else settings[name] = isTold(name) ? told(value) : mark(name, value);
  }
  list('action_types', types);
  const tables = tablesOf(classes, mark);
  if (Object.keys(tables).length > 0) lists['data_classes'] = tables;
  const { routes, ...rest } = routing;
  list('routes', routes);
  for (const [name, value] of Object.entries(rest))
    if (Object.keys(value).length > 0) settings[`routing.${name}`] = mark(`routing.${name}`, value);
  for (const [viewer, shown] of Object.entries(inForce.masking?.viewers ?? {}))
    if (shown.length > 0) settings[`masking.viewers.${viewer}`] = [...shown];
  const custom = inForce.masking?.custom ?? [];
  if (custom.length > 0) settings['masking.custom'] = mark('masking.custom', custom);
  return { settings, lists };
}

/** What columns hold, each table as one item: a ledger tells when somebody said that something is not private any more. */
const tablesOf = (
  classes: DatabaseClasses,
  mark: (name: string, value: unknown) => string,
): Lists[string] =>
  Object.fromEntries(
    Object.entries(classes).flatMap(([database, tables]) =>
      Object.entries(tables).map(([table, columns]) => [
        `${database}.${table}`,
        Object.fromEntries(
          Object.entries(columns).map(([column, held]) => [column, mark('data_classes', held)]),
        ),
      ]),
    ),
  );

type Member = { readonly name: string; readonly value: unknown; readonly shape: Shape<unknown> };

/** Every setting by its name in the file; records are entered, lists and maps are one value. */
function membersOf(shape: Shape<unknown>, value: unknown, prefix = ''): readonly Member[] {
  return (shape.members?.keys ?? []).flatMap(({ name, property, shape: inner }) => {
    const member = (value as Readonly<Record<string, unknown>>)[property];
    const at = `${prefix}${name}`;
    if (member === undefined) return [];
    return inner.form === 'record'
      ? membersOf(inner, member, `${at}.`)
      : [{ name: at, value: member, shape: inner }];
  });
}

/** Of an address only the host: replicas on one machine differ in their ports. */
const told = (value: unknown): Json =>
  plain(typeof value === 'object' && value !== null && 'host' in value ? value.host : value);

/** As in policy: the id, of a resource with its type before it; an action type's name. */
function idOf(item: object): string {
  const { type, id, name } = item as { type?: string; id?: string; name?: string };
  return type === undefined ? (id ?? name ?? '') : `${type}::${id ?? ''}`;
}

const mapped = (
  item: object,
  list: string,
  mark: (name: string, value: unknown) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([member]) => !LOCAL.has(`${list}.${member}`))
      .map(([member, value]) => [snake(member), mark(`${list}.${member}`, value)]),
  );

/** The name a member has in the file; a token's digest is called like the token it stands for. */
const snake = (member: string): string =>
  member === 'tokenDigest'
    ? 'token'
    : member.replaceAll(/[A-Z]/g, (one) => `_${one.toLowerCase()}`);

/** Values of the configuration are data; a secret is one that is only ever marked. */
const plain = (value: unknown): Json =>
  Array.isArray(value)
    ? value.map(plain)
    : (JSON.parse(
        JSON.stringify(value ?? null, (_, one: unknown) => (isSecret(one) ? one.reveal() : one)),
      ) as Json);

const isSecret = (value: unknown): value is Secret =>
  typeof value === 'object' && value !== null && 'reveal' in value;
