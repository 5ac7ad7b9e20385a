import { randomUUID } from 'node:crypto';
import type { Link, Opening, ServerSaid, Upstream } from '../link.ts';
import { CHILD_LIMITS, createChildren, type ChildLimits, type Running } from './children.ts';
import type { Program } from './child.ts';
import { LIMITS, type Limits } from './limits.ts';
import { legacyLink, modernLink } from './stdio-links.ts';
import { discover, initialize } from './stdio-opening.ts';

/** A server that is a program of this machine. */
export type StdioSettings = {
  readonly name: string;
  readonly program: Program;
  readonly limits?: Partial<Limits>;
  readonly children?: Partial<ChildLimits>;
  /** Told what the program says on its error output, and how it ended unasked. ATTACKER: its own words. */
  readonly say?: (what: 'stderr' | 'ended', text: string) => void;
};

type Opened = Link | { readonly unavailable: string };
type Session = { readonly link: Link; readonly agent: string; readonly running: Running };

const FRESH_MS = 300_000;

/**
 * An MCP server over stdio. A legacy session has a child of its own; modern requests of one agent share one. Children are not
 * shared between agents: what a program keeps in memory stays with whom it came from.
 */
export function createStdioUpstream(settings: StdioSettings): Upstream {
  const children = createChildren({
    program: settings.program,
    limits: { ...LIMITS, ...settings.limits },
    children: { ...CHILD_LIMITS, ...settings.children },
    say: settings.say ?? (() => {}),
  });
  const sessions = new Map<string, Session>();
  const shared = new Map<string, Promise<Running | { readonly unavailable: string }>>();
  let modern: ServerSaid | 'none' | undefined;
  let askAgainAt = 0;

  const ofAgent = async (agent: string): Promise<Running | { readonly unavailable: string }> => {
    const found = shared.get(agent);
    const known = await found;
    if (known && !('unavailable' in known) && !known.isOver()) return known;
    if (shared.get(agent) !== found) return ofAgent(agent); // somebody else was quicker
    const starting = children.start();
    shared.set(agent, starting);
    return starting;
  };
  const openModern = async ({ agent, client }: Opening): Promise<Opened | 'none'> => {
    if (modern === 'none' && performance.now() < askAgainAt) return 'none';
    if (modern === undefined || modern === 'none') {
      const running = await ofAgent(agent);
      if ('unavailable' in running) return running;
      modern = await discover(running);
      askAgainAt = performance.now() + FRESH_MS;
      if (modern === 'none') {
        shared.delete(agent);
        await running.end();
        return 'none';
      }
    }
    return modernLink(modern, client, () => ofAgent(agent));
  };
  const openLegacy = async (opening: Opening): Promise<Opened | 'none'> => {
    const running = await children.start();
    if ('unavailable' in running) return running;
    const said = await initialize(running, opening);
    if ('why' in said) {
      const isGone = running.isOver();
      await running.end();
      return said.isRefusal && !isGone ? 'none' : { unavailable: said.why };
    }
    const ticket = randomUUID();
    const link = legacyLink(running, said, ticket, () => sessions.delete(ticket));
    sessions.set(ticket, { link, agent: opening.agent, running });
    for (const [one, { running: its }] of sessions) if (its.isOver()) sessions.delete(one);
    return link;
  };
  return {
    name: settings.name,
    open: async (era, opening) => {
      const ways = era === 'modern' ? [openModern, openLegacy] : [openLegacy, openModern];
      // a program that begins no session may have learnt the new way since it was asked
      if (era === 'legacy') askAgainAt = 0;
      let opened: Opened | 'none' = 'none';
      for (const way of ways) if (opened === 'none') opened = await way(opening);
      return opened === 'none' ? { unavailable: 'the server speaks no version we know' } : opened;
    },
    attach: async (ticket, opening) => {
      if (ticket === 'modern') {
        const link = await openModern(opening);
        return link === 'none' || 'unavailable' in link ? undefined : link;
      }
      const session = sessions.get(ticket);
      if (session === undefined || session.agent !== opening.agent) return undefined;
      return session.running.isOver() ? undefined : session.link;
    },
    state: () => ({ name: settings.name, kind: 'stdio', ...children.state() }),
    close: children.close,
  };
}
