import { isMembers } from '../read-message.ts';
import type { Members } from '../message.ts';
import { ofInitialize, type Session } from './server-said.ts';

const MAX_CAPABILITIES = 2_048;

/** What finds a session again, short enough for a header: icons, instructions and outsize capabilities are left out. */
export function writeTicket({ id, server }: Session): string {
  const { protocolVersion: v, capabilities, serverInfo } = server;
  const short =
    JSON.stringify(capabilities).length <= MAX_CAPABILITIES
      ? capabilities
      : Object.fromEntries(Object.keys(capabilities).map((name) => [name, {}]));
  const { name, version } = serverInfo;
  return JSON.stringify([id ?? null, v, short, textOf(name), textOf(version)]);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 256) : '');

/** The session of a ticket that was made here; undefined for anything else. */
export function readTicket(ticket: string): Session | undefined {
  const read = parsed(ticket);
  if (!Array.isArray(read) || read.length !== 5) return undefined;
  const [id, protocolVersion, capabilities, name, version] = read as readonly unknown[];
  if (!isMembers(capabilities)) return undefined;
  const result = { protocolVersion, capabilities, serverInfo: { name, version } } as Members;
  const server = ofInitialize(result);
  if (server === undefined) return undefined;
  return typeof id === 'string' ? { id, server } : { server };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
