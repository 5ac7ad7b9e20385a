import { isMembers } from '../read-message.ts';
import type { ServerSaid } from '../link.ts';
import type { Members } from '../message.ts';

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';
/** The modern protocol version this gate speaks itself. */
export const MODERN = '2026-07-28';

/** A legacy session of a server, as a ticket keeps it; without an id where the server keeps none. */
export type Session = { readonly id?: string; readonly server: ServerSaid };

/** What a server said of itself in answer to `initialize`; undefined for what is no such answer. */
export function ofInitialize(result: Members): ServerSaid | undefined {
  const { protocolVersion, capabilities, serverInfo, instructions } = result;
  if (!isVersion(protocolVersion) || !isMembers(capabilities) || !isMembers(serverInfo))
    return undefined;
  const said = typeof instructions === 'string' ? { instructions } : {};
  return { protocolVersion, capabilities, serverInfo, ...said, result };
}

/** What a server said of itself in answer to `server/discover`, where it speaks a modern version. */
export function ofDiscover(result: Members): ServerSaid | undefined {
  const { supportedVersions, capabilities, instructions, _meta } = result;
  if (!Array.isArray(supportedVersions) || !isMembers(capabilities)) return undefined;
  const modern = supportedVersions.filter(isModern).toSorted().toReversed();
  const protocolVersion = modern.includes(MODERN) ? MODERN : modern[0];
  if (protocolVersion === undefined) return undefined;
  const info = isMembers(_meta) ? _meta[SERVER_INFO] : result['serverInfo'];
  const said = typeof instructions === 'string' ? { instructions } : {};
  const serverInfo = isMembers(info) ? info : {};
  return { protocolVersion, capabilities, serverInfo, ...said, result };
}

const isVersion = (value: unknown): value is string =>
  typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value);
/** Whether this is the name of a version without sessions. */
export const isModern = (value: unknown): value is string =>
  isVersion(value) && /^\d{4}-\d\d-\d\d$/.test(value) && value >= MODERN;
