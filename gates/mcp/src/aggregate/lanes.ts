import type { Link, Opening } from '../link.ts';
import type { Era, Members } from '../message.ts';
import type { About, McpParts, Mounted } from '../parts.ts';
import { isMembers } from '../read-message.ts';

/** One client's way to one of the servers behind an aggregate. */
export type Lane = { readonly mounted: Mounted; readonly link: Link };
/** Ways by the names of their servers, in order of the names. */
export type Lanes = ReadonlyMap<string, Lane>;

/** A server that does not answer in this time is left out: it must not take the others with it. */
const OPEN_MS = 8_000;

/** Opens a way to every server that can be reached now. */
export async function openLanes(
  servers: McpParts['servers'],
  era: Era,
  opening: Opening,
): Promise<Lanes> {
  const opened = namesOf(servers).map(async ([name, mounted]) => {
    const link = await soon(mounted.upstream.open(era, opening));
    const isGood = link !== undefined && !('unavailable' in link) && link.era === era;
    return isGood ? ([name, { mounted, link }] as const) : undefined;
  });
  return new Map((await Promise.all(opened)).filter((one) => one !== undefined));
}

/** Finds the ways of a session again; those that are over, or whose server is gone, are left out. */
export async function findLanes(
  servers: McpParts['servers'],
  ticket: string,
  opening: Opening,
): Promise<Lanes> {
  const tickets = readTickets(ticket);
  const found = namesOf(servers).map(async ([name, mounted]) => {
    const one = tickets[name];
    const link = typeof one === 'string' ? await mounted.upstream.attach(one, opening) : undefined;
    return link && ([name, { mounted, link }] as const);
  });
  return new Map((await Promise.all(found)).filter((one) => one !== undefined));
}

/** The tickets of all ways in one. */
export const ticketOf = (lanes: Lanes): string =>
  JSON.stringify(Object.fromEntries([...lanes].map(([name, { link }]) => [name, link.ticket])));

function readTickets(ticket: string): Members {
  const read: unknown = JSON.parse(ticket);
  return isMembers(read) ? read : {};
}

const namesOf = (servers: McpParts['servers']): readonly (readonly [string, Mounted])[] =>
  [...servers].toSorted(([one], [other]) => (one < other ? -1 : 1));

/** What comes in time. */
export async function soon<T>(promise: Promise<T>, ms: number = OPEN_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

/** A lane as the story is told of it; `to` leads to the others. */
export const aboutOf = (lane: Lane, caller: About['caller'], lanes: Lanes): About => ({
  ...lane,
  caller,
  to: (server) => Promise.resolve(lanes.get(server)),
});
