import type { Json } from '@countersign/core';
import type { ClientSaid } from '../link.ts';
import type { Members, Notification, Received, Request } from '../message.ts';
import { checkStandard, disagree, headerOf, type Headers } from './headers.ts';
import { isMembers, type Body } from '../read-message.ts';
import { isRequest, isResponse } from './kinds.ts';
import { CODES, refusal, type Refusal } from './refusal.ts';

/** The versions without sessions that this gate speaks. */
export const MODERN: readonly string[] = ['2026-07-28'];
/** The versions with sessions that this gate speaks, newest first. */
export const LEGACY: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

const PREFIX = 'io.modelcontextprotocol/';
/** Members of the envelope that every modern request carries in `params._meta`. */
export const ENVELOPE: {
  readonly [name in 'version' | 'client' | 'capabilities' | 'logLevel']: string;
} = {
  version: `${PREFIX}protocolVersion`,
  client: `${PREFIX}clientInfo`,
  capabilities: `${PREFIX}clientCapabilities`,
  logLevel: `${PREFIX}logLevel`,
} as const;

/** Which protocol a body is of. */
export type Sorted =
  | { readonly is: 'legacy'; readonly all: readonly Received[]; readonly isBatch: boolean }
  | {
      readonly is: 'modern';
      readonly received: Received<Request> | Received<Notification>;
      readonly client: ClientSaid;
    }
  | Refusal;

/**
 * Which protocol a POST speaks. The body decides; headers are only held against it, so that nothing on the way can make
 * this gate read a request in another way than its sender meant it.
 */
export function sort({ isBatch, messages }: Body, headers: Headers): Sorted {
  const [one] = messages;
  if (isBatch || !one) return sortBatch(messages);
  const legacy: Sorted = { is: 'legacy', all: messages, isBatch };
  if (isResponse(one)) return legacy;
  if (!isRequest(one)) return sortNotification(one as Received<Notification>, headers) ?? legacy;
  return sortRequest(one, headers) ?? legacy;
}

function sortBatch(all: readonly Received[]): Sorted {
  const isMixed = all.some(({ message }) => 'method' in message && hasClaim(metaOf(message)));
  return isMixed
    ? refusal(400, CODES.invalidRequest, `no batch carries requests of ${MODERN.join(', ')}`)
    : { is: 'legacy', all, isBatch: true };
}

/** Undefined: it is of an older version. */
function sortRequest(one: Received<Request>, headers: Headers): Sorted | undefined {
  const { message } = one;
  const { id, method } = message;
  const meta = metaOf(message);
  const header = headerOf(headers, 'mcp-protocol-version');
  const isModernHeader = header !== undefined && isModern(header);
  if (method === 'initialize' && !hasGoodClaim(meta))
    return isModernHeader
      ? disagree('MCP-Protocol-Version', 'the body begins a session of an older version', id)
      : undefined;
  if (!hasClaim(meta))
    return isModernHeader ? broken(id, ENVELOPE.version, 'is missing') : undefined;
  const { [ENVELOPE.version]: version } = meta;
  if (typeof version !== 'string') return broken(id, ENVELOPE.version, 'must be text');
  const problem = problemOf(meta);
  if (problem) return broken(id, ...problem);
  if (header !== undefined && header !== version)
    return disagree('MCP-Protocol-Version', `the body names version ${shown(version)}`, id);
  if (!MODERN.includes(version)) return unsupported(id, version);
  return (
    checkStandard(message, headers, version) ?? {
      is: 'modern',
      received: one,
      client: clientIn(meta),
    }
  );
}

/** Of a notification only what it says is held against the headers: the envelope is for requests. */
function sortNotification(one: Received<Notification>, headers: Headers): Sorted | undefined {
  const meta = metaOf(one.message) ?? {};
  const header = headerOf(headers, 'mcp-protocol-version');
  const claimed = hasClaim(meta) ? meta[ENVELOPE.version] : undefined;
  if (claimed === undefined && (header === undefined || !isModern(header))) return undefined;
  const version = claimed ?? header;
  if (typeof version !== 'string') return broken(null, ENVELOPE.version, 'must be text');
  if (header !== undefined && header !== version)
    return disagree('MCP-Protocol-Version', `the body names version ${shown(version)}`);
  const method = headerOf(headers, 'mcp-method');
  if (method !== undefined && method !== one.message.method)
    return disagree('Mcp-Method', 'the body names another method');
  if (!MODERN.includes(version)) return unsupported(null, version);
  return { is: 'modern', received: one, client: clientIn(meta) };
}

const unsupported = (id: Refusal['id'], requested: string): Refusal =>
  refusal(400, CODES.unsupportedVersion, 'unsupported protocol version', {
    id,
    data: { supported: MODERN, requested: shown(requested) },
  });

const broken = (id: Refusal['id'], key: string, problem: string): Refusal =>
  refusal(400, CODES.invalidParams, `invalid envelope: \`${key}\` ${problem}`, {
    id,
    data: { envelope: { key, problem } },
  });

const isModern = (version: string): boolean => version >= '2026-07-28';
const shown = (text: string): string => text.slice(0, 64);

const metaOf = ({ params }: Request | Notification): Members | undefined => {
  const meta = params?.['_meta'];
  return isMembers(meta) ? meta : undefined;
};

const hasClaim = (meta: Members | undefined): meta is Members =>
  meta !== undefined && Object.hasOwn(meta, ENVELOPE.version);

function hasGoodClaim(meta: Members | undefined): boolean {
  if (!hasClaim(meta) || problemOf(meta)) return false;
  const version = meta[ENVELOPE.version];
  return typeof version === 'string' && isModern(version);
}

/** The first thing wrong with an envelope. */
function problemOf(meta: Members): readonly [key: string, problem: string] | undefined {
  const { [ENVELOPE.capabilities]: capabilities, [ENVELOPE.client]: client } = meta;
  if (capabilities === undefined) return [ENVELOPE.capabilities, 'is missing'];
  if (!isMembers(capabilities)) return [ENVELOPE.capabilities, 'must be a record'];
  if (client !== undefined && !isImplementation(client))
    return [ENVELOPE.client, 'must have `name` and `version`'];
  const { [ENVELOPE.logLevel]: level, progressToken: token } = meta;
  if (level !== undefined && typeof level !== 'string')
    return [ENVELOPE.logLevel, 'must be a level'];
  if (token !== undefined && typeof token !== 'string' && typeof token !== 'number')
    return ['progressToken', 'must be text or a number'];
  return undefined;
}

const isImplementation = (value: Json): boolean =>
  isMembers(value) && typeof value['name'] === 'string' && typeof value['version'] === 'string';

const clientIn = (meta: Members): ClientSaid => {
  const { [ENVELOPE.capabilities]: capabilities, [ENVELOPE.client]: client } = meta;
  return clientSaid(client, capabilities);
};

/** What a client says of itself; with nothing where it says nothing. */
export function clientSaid(info: Json | undefined, capabilities: Json | undefined): ClientSaid {
  const { name, version } = isMembers(info) ? info : {};
  return {
    name: typeof name === 'string' ? name.slice(0, 256) : '',
    version: typeof version === 'string' ? version.slice(0, 64) : '',
    capabilities: isMembers(capabilities) ? capabilities : {},
  };
}
