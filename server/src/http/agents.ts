import { ok, toIso, type Instant } from '@countersign/core';
import * as changes from '../agent-changes.ts';
import { agentItemOf, agentListOf, switchOf, type AgentSight } from './agent-items.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import {
  adding,
  createChanging,
  gives,
  keyNamed,
  type AgentParts,
  type Changing,
} from './manage-agents.ts';
import { refuse } from './refuse.ts';

export type { AgentParts } from './manage-agents.ts';

type KeyRoutes = Pick<Handlers, 'issueKey' | 'rotateKey' | 'revokeKey'>;
type AgentRoutes = KeyRoutes &
  Pick<
    Handlers,
    | 'agents'
    | 'registerAgent'
    | 'changeAgent'
    | 'stopAgent'
    | 'resumeAgent'
    | 'retireAgent'
    | 'killSwitch'
  >;

/** Agents, their keys and their stops. Every change is an entry of the ledger before it is answered (R1). */
export function agentRoutes(parts: AgentParts): AgentRoutes {
  const { roster, directory, shown } = parts;
  const change = createChanging(parts);
  const sightOf = (exchange: Pick<Exchange, 'caller'>): AgentSight => ({
    state: roster.now(),
    directory: directory(),
    store: parts.store,
    lastUsed: parts.lastUsed,
    viewer: personOf(exchange),
    access: parts.config().access,
    mostPending: parts.config().limits.maxPendingPerAgent,
  });
  const itemOf = async (exchange: Exchange, id: string, status = 200): Promise<Reply> => {
    const agent = directory().agents.get(id);
    if (!agent) return refuse(exchange, 'not-found');
    return json(status, await agentItemOf(sightOf(exchange), agent));
  };
  const said = (reason: string | undefined): string | undefined =>
    reason === undefined ? undefined : shown(reason);

  function stopOrResume(exchange: Exchange<'stopAgent' | 'resumeAgent'>, stopped: boolean) {
    const { param, body } = exchange;
    const how = { stopped, reason: shown(body.reason) };
    return change(exchange, {
      right: () => (stopped ? { gives: false, ofOwner: param } : gives()),
      plan: (ground) => adding(changes.stopOrResume(ground, param, how)),
      answer: () => itemOf(exchange, param),
    });
  }

  return {
    agents: async (exchange) => json(200, await agentListOf(sightOf(exchange))),
    registerAgent: (exchange) =>
      change(exchange, {
        right: gives,
        plan: (ground) => adding(changes.register(ground, exchange.body)),
        answer: () => itemOf(exchange, exchange.body.id, 201),
      }),
    changeAgent: (exchange) => {
      const { body, param } = exchange;
      const { reason: _, ...given } = body;
      const reason = said(body.reason);
      const wanted = { ...given, ...(reason === undefined ? {} : { reason }) };
      return change(exchange, {
        right: gives,
        plan: (ground) => adding(changes.alter(ground, param, wanted)),
        answer: () => itemOf(exchange, param),
      });
    },
    stopAgent: (exchange) => stopOrResume(exchange, true),
    resumeAgent: (exchange) => stopOrResume(exchange, false),
    retireAgent: (exchange) => {
      const agent = directory().agents.get(exchange.param);
      return change(exchange, {
        right: gives,
        plan: (ground) =>
          adding(changes.retire(ground, exchange.param, said(exchange.body.reason))),
        answer: async () =>
          agent
            ? json(200, await agentItemOf(sightOf(exchange), agent))
            : refuse(exchange, 'not-found'),
      });
    },
    killSwitch: (exchange) => {
      const { stopped, reason } = exchange.body;
      return change(exchange, {
        right: () => ({ gives: !stopped }),
        plan: (ground) => adding(changes.switchAll(ground, { stopped, reason: shown(reason) })),
        answer: () => json(200, switchOf(roster.now())),
      });
    },
    ...keyRoutes(parts, change),
  };
}

const HOUR_MS = 3_600_000;
const DEFAULT_OVERLAP_HOURS = 24;

function keyRoutes({ roster, shown }: AgentParts, change: Changing): KeyRoutes {
  return {
    issueKey: (exchange) => {
      const { param, body } = exchange;
      return change(exchange, {
        right: gives,
        plan: (ground) => changes.issue(ground, param, { ...body, name: shown(body.name) }),
        answer: ({ shown: { id, key, expiresAt } }: changes.Issued) =>
          json(201, { id, key, expiresAt: toIso(expiresAt) }),
      });
    },
    rotateKey: (exchange) => {
      const { param, body } = exchange;
      const { days, overlapHours = DEFAULT_OVERLAP_HOURS } = body;
      const how = { ...(days === undefined ? {} : { days }), overlapMs: overlapHours * HOUR_MS };
      return change(exchange, {
        right: gives,
        plan: (ground) => {
          const old = keyNamed(ground, param);
          return old.ok ? changes.rotate(ground, old.value, how) : old;
        },
        answer: (made: changes.Issued & { readonly oldEndsAt: Instant }) => {
          const { id, key, expiresAt } = made.shown;
          const replaces = { id: param, expiresAt: toIso(made.oldEndsAt) };
          return json(201, { id, key, expiresAt: toIso(expiresAt), replaces });
        },
      });
    },
    revokeKey: (exchange) => {
      const { param, body } = exchange;
      const reason = body.reason === undefined ? undefined : shown(body.reason);
      return change(exchange, {
        right: (ground) => {
          const key = keyNamed(ground, param);
          return { gives: false, ...(key.ok ? { ofOwner: key.value.agent } : {}) };
        },
        plan: (ground) => {
          const key = keyNamed(ground, param);
          if (!key.ok) return key;
          const isOver = key.value.revokedAt !== undefined;
          return ok({ events: isOver ? [] : [changes.revocation(ground, key.value, reason)] });
        },
        answer: () => {
          const revokedAt = roster.now().agents.keys.get(param)?.revokedAt;
          if (revokedAt === undefined) throw new TypeError('a revoked key was not revoked');
          return json(200, { id: param, revokedAt: toIso(revokedAt) });
        },
      });
    },
  };
}
