import type { Json } from '@countersign/core';
import type { ClientSaid, ServerSaid } from '../link.ts';
import type { Members, RpcError } from '../message.ts';
import { membersOf } from '../members.ts';
import { orNone, without } from './json.ts';

// the versions a bridge speaks: the first of the modern protocol, the last of the legacy one
const MODERN = '2026-07-28';
const LEGACY = '2025-11-25';

const RESERVED = 'io.modelcontextprotocol/';

/** Names in `_meta` that the modern protocol gives a meaning. */
export const META = {
  version: 'io.modelcontextprotocol/protocolVersion',
  client: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  server: 'io.modelcontextprotocol/serverInfo',
  subscription: 'io.modelcontextprotocol/subscriptionId',
} as const;

const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const INTERNAL = -32_603;
const RESOURCE_NOT_FOUND = -32_002;

/** `_meta` without what the modern protocol reserves; undefined when nothing is left. */
export function plainMeta(meta: Json | undefined): Members | undefined {
  const kept = Object.entries(orNone(meta)).filter(([name]) => !name.startsWith(RESERVED));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Members with this `_meta`, or with none. */
export const withMeta = (members: Members, meta: Members | undefined): Members => ({
  ...without(members, '_meta'),
  ...(meta ? { _meta: meta } : {}),
});

/** What a legacy client's request says in the modern protocol. ATTACKER: reserved names it put there itself are dropped. */
export function enveloped(params: Members, client: ClientSaid, logLevel?: string): Members {
  const { capabilities, name, version } = client;
  return withMeta(params, {
    ...plainMeta(params['_meta']),
    [META.version]: MODERN,
    [META.client]: { name, version },
    [META.capabilities]: modernCapabilities(capabilities),
    ...(logLevel === undefined ? {} : { [META.logLevel]: logLevel }),
  });
}

/** Tasks of the older protocol are another thing than the extension of the newer one. */
function modernCapabilities(capabilities: Members): Members {
  const kept = without(capabilities, 'tasks', 'roots');
  return capabilities['roots'] === undefined ? kept : { ...kept, roots: {} };
}

/** A modern client as it would initialize a legacy session. */
export const initializing = ({ name, version, capabilities }: ClientSaid): Members => ({
  protocolVersion: LEGACY,
  capabilities: without(capabilities, 'extensions'),
  clientInfo: { name, version },
});

const CACHEABLE: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** A legacy server's result in the modern protocol. */
export function modernResult(method: string, result: Members, server: Members): Members {
  return {
    ...(method === 'tools/call' && result['content'] === undefined ? { content: [] } : {}),
    ...result,
    resultType: 'complete',
    ...(CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {}),
    _meta: { [META.server]: server, ...orNone(result['_meta']) },
  };
}

/** A modern server's complete result in the legacy protocol. */
export function legacyResult(result: Members): Members {
  const plain = without(result, 'resultType', 'ttlMs', 'cacheScope');
  const structured = plain['structuredContent'];
  // the older protocol has objects there, and its clients refuse anything else; the same is in the text
  const fits = structured === undefined || membersOf(structured) !== undefined;
  return withMeta(fits ? plain : without(plain, 'structuredContent'), plainMeta(plain['_meta']));
}

/** A legacy server's error in the modern protocol. */
export function modernError(error: RpcError, params: Members): RpcError {
  if (error.code === RESOURCE_NOT_FOUND)
    return {
      ...error,
      code: INVALID_PARAMS,
      data: { uri: params['uri'] ?? null, ...membersOf(error.data) },
    };
  // what the modern protocol gives a meaning cannot have been meant
  const isTaken = error.code <= -32_020 && error.code >= -32_099;
  return isTaken ? { ...error, code: INTERNAL } : error;
}

/** A modern server's error in the legacy protocol. */
export function legacyError(error: RpcError, method: string, params: Members): RpcError {
  const isNotFound =
    method === 'resources/read' &&
    error.code === INVALID_PARAMS &&
    membersOf(error.data)?.['uri'] === params['uri'];
  if (isNotFound) return { ...error, code: RESOURCE_NOT_FOUND };
  const isModern = error.code <= -32_020 && error.code >= -32_099;
  return isModern ? { ...error, code: INTERNAL } : error;
}

/** A legacy server as it would answer `server/discover`. */
export function discovered({ capabilities, serverInfo, instructions }: ServerSaid): ServerSaid {
  const offered = without(capabilities, 'tasks');
  return {
    protocolVersion: MODERN,
    capabilities: offered,
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
    result: {
      resultType: 'complete',
      supportedVersions: [MODERN],
      capabilities: offered,
      ...(instructions === undefined ? {} : { instructions }),
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { [META.server]: serverInfo },
    },
  };
}

const LEGACY_VERSIONS: ReadonlySet<Json> = new Set(['2025-03-26', '2025-06-18', LEGACY]);

/** A modern server as it would answer `initialize`, in the version the client asked for where that is one of the older protocol. */
export function initialized(
  { capabilities, serverInfo, instructions }: ServerSaid,
  asked: Json | undefined,
): ServerSaid {
  const result = {
    protocolVersion: typeof asked === 'string' && LEGACY_VERSIONS.has(asked) ? asked : LEGACY,
    capabilities: without(capabilities, 'extensions'),
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
  };
  return { ...result, result };
}

/** Methods of one protocol that the other does not have. */
export const ONLY_LEGACY: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/cancel',
  'tasks/update',
]);
export const ONLY_MODERN: ReadonlySet<string> = new Set([
  'server/discover',
  'subscriptions/listen',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
]);

/** Log levels, the most talkative first. */
export const LEVELS: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

/** What a server may ask of a client, and the capability that needs. */
export const ASKABLE: Readonly<Record<string, string>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

export { INTERNAL, INVALID_PARAMS, METHOD_NOT_FOUND };
