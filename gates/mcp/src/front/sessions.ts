import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { sha256, type Json } from '@countersign/core';
import { isMembers } from '../read-message.ts';
import type { ClientSaid } from '../link.ts';
import type { Sealer } from '../parts.ts';
import { clientSaid } from './era.ts';

/** What a session id says: everything, so that any replica serves it. */
export type Session = {
  readonly agent: string;
  /** The address it was begun at. */
  readonly served: string;
  /** Finds the way to the servers behind it. */
  readonly ticket: string;
  readonly version: string;
  readonly client: ClientSaid;
};

/** Sessions of clients that speak an older version. */
export type Sessions = {
  /** A new session's id; undefined where it would not fit into a header. */
  readonly begin: (session: Session) => string | undefined;
  /** The session of an id; undefined for one of another agent or address, one that is over, and whatever is none. */
  readonly find: (id: string, of: Pick<Session, 'agent' | 'served'>) => Session | undefined;
  /** From now on there is none of this id here. */
  readonly end: (id: string) => void;
  /** A short name for caps and logs. */
  readonly nameOf: (id: string) => string;
};

const PURPOSE = 'mcp-session';
/** Headers of a request have 16 KiB together. */
const MAX_ID = 8_192;
const MAX_AGE_MS = 7 * 24 * 3_600_000;
const MAX_ENDED = 10_000;
const MAX_KNOWN = 1_024;

/** An id that was opened here before. */
type Known = { readonly begunAt: number; readonly session: Session; readonly name: string };

/** Makes sessions that live in their ids; only what ended is remembered, and only here. */
export function createSessions(sealer: Sealer, now: () => number): Sessions {
  const ended = new Set<string>();
  const known = new Map<string, Known>();

  function open(id: string): Known | undefined {
    const opened = known.get(id) ?? read(sealer, id);
    if (!opened || ended.has(opened.name)) return undefined;
    // the ones used last are at the end
    known.delete(id);
    known.set(id, opened);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    return opened;
  }

  return {
    begin: ({ agent, served, ticket, version, client }) => {
      const { name, version: release, capabilities } = client;
      const said: Json = [now(), agent, served, ticket, version, name, release, capabilities];
      const id = sealer.seal(PURPOSE, packed(said));
      return id.length <= MAX_ID ? id : undefined;
    },
    find: (id, { agent, served }) => {
      // ATTACKER: an id is whatever the caller sent
      const opened = id.length > MAX_ID ? undefined : open(id);
      if (!opened || now() - opened.begunAt > MAX_AGE_MS) return undefined;
      const { session } = opened;
      return session.agent === agent && session.served === served ? session : undefined;
    },
    end: (id) => {
      known.delete(id);
      ended.add(nameIn(id));
      const [oldest] = ended;
      if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest);
    },
    nameOf: (id) => known.get(id)?.name ?? nameIn(id),
  };
}

const nameIn = (id: string): string => sha256(id).slice(0, 24);

function read(sealer: Sealer, id: string): Known | undefined {
  const opened = unpacked(sealer.open(PURPOSE, id));
  if (!Array.isArray(opened)) return undefined;
  const [begunAt, agent, served, ticket, version, name, release, capabilities] =
    opened as readonly Json[];
  if (typeof begunAt !== 'number' || typeof agent !== 'string') return undefined;
  if (typeof served !== 'string' || typeof ticket !== 'string') return undefined;
  if (typeof version !== 'string' || !isMembers(capabilities)) return undefined;
  const client = clientSaid({ name: name ?? '', version: release ?? '' }, capabilities);
  return { begunAt, session: { agent, served, ticket, version, client }, name: nameIn(id) };
}

/** What is larger is made smaller: with many servers behind one address an id would not fit into a header. */
const LARGE = 3_000;
/** How well something compresses says something of it, to whoever wrote another part of it. */
const STEP = 512;

function packed(value: Json): Json {
  const text = JSON.stringify(value);
  if (text.length < LARGE) return value;
  const small = deflateRawSync(text).toString('base64url');
  return small.padEnd(Math.ceil(small.length / STEP) * STEP, '.');
}

function unpacked(value: Json | undefined): unknown {
  if (typeof value !== 'string') return value;
  // INVARIANT: it was sealed here, so it is what `packed` made
  const bytes = Buffer.from(value.replace(/\.+$/, ''), 'base64url');
  return JSON.parse(inflateRawSync(bytes).toString()) as Json;
}
