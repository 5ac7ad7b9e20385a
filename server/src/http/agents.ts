import type { Clock, Instant, LedgerStore, Result } from '@countersign/core';
import { err, ok, toIso } from '@countersign/core';
import type { AgentEvent, AgentKey, Roster } from '@countersign/identity';
import * as changes from '../agent-changes.ts';
import type { Ground } from '../agent-changes.ts';
import type { Config } from '../config/config.ts';
import type { Peopled } from '../directory.ts';
import { agentItemOf, agentListOf, isOwnedBy, switchOf, type AgentSight } from './agent-items.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { whyNotManage, type NotManaging } from './manage.ts';
import { refuse } from './refuse.ts';

type AgentRoutes = Pick<
  Handlers,
  | 'agents'
  | 'registerAgent'
  | 'changeAgent'
  | 'issueKey'
  | 'rotateKey'
  | 'revokeKey'
  | 'stopAgent'
  | 'resumeAgent'
  | 'retireAgent'
  | 'killSwitch'
>;

export type AgentParts = {
  readonly roster: Roster;
  readonly directory: () => Peopled;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly store: Pick<LedgerStore, 'count'>;
  /** Masks text and makes it visible (R8, R9). */
  readonly shown: (text: string) => string;
  /** When a key was used here last. */
  readonly lastUsed: (key: string) => Instant | undefined;
};

/** Who may do it: administrators; owners too, where it only takes power away from an agent of theirs. */
type Right = { readonly gives: boolean; readonly ofOwner?: string };

type Refused = changes.ChangeRefusal | { readonly code: NotManaging };

/** Agents, their keys and their stops. Every change is decided on what the ledger says at that moment, and is in it. */
export function agentRoutes(parts: AgentParts): AgentRoutes {
  const { roster, directory, config, clock, shown } = parts;
  const sightOf = (exchange: Pick<Exchange, 'caller'>): AgentSight => ({
    state: roster.now(),
    directory: directory(),
    store: parts.store,
    lastUsed: parts.lastUsed,
    viewer: personOf(exchange),
    access: config().access,
  });

  function whyNot(exchange: Pick<Exchange, 'caller'>, { gives, ofOwner }: Right) {
    const agent = ofOwner === undefined ? undefined : directory().agents.get(ofOwner);
    if (agent && isOwnedBy(directory(), agent, personOf(exchange))) return undefined;
    const { signIn, access } = config();
    const { development, providers } = signIn;
    const hasSignIn = development || providers.length > 0;
    return whyNotManage(exchange.caller, { gives, access, hasSignIn, now: clock() });
  }

  /** Decides on the state of the moment, appends, and answers by what was decided. */
  async function change<T>(
    exchange: Pick<Exchange, 'caller' | 'requestId'>,
    right: (ground: Ground) => Right,
    plan: (
      ground: Ground,
    ) => Result<{ readonly events: readonly AgentEvent[] } & T, changes.ChangeRefusal>,
    answer: (made: T) => Reply | Promise<Reply>,
  ): Promise<Reply> {
    let made: T | undefined;
    const changed = await roster.change<Refused>((state, at) => {
      const by = personOf(exchange).id;
      const ground = { state, at, by, directory: directory(), config: config() };
      const barred = whyNot(exchange, right(ground));
      if (barred) return err({ code: barred });
      const planned = plan(ground);
      if (planned.ok) made = planned.value;
      return planned;
    });
    if (changed.ok && made !== undefined) return answer(made);
    const error = changed.ok ? 'busy' : changed.error;
    if (typeof error === 'string') return refuse(exchange, error);
    const { code, ...where } = error;
    return refuse(exchange, code, where);
  }

  const itemOf = async (exchange: Exchange, id: string, status = 200): Promise<Reply> => {
    const agent = directory().agents.get(id);
    return agent
      ? json(status, await agentItemOf(sightOf(exchange), agent))
      : refuse(exchange, 'not-found');
  };
  const gives = (): Right => ({ gives: true });
  const events = (planned: Result<readonly AgentEvent[], changes.ChangeRefusal>) =>
    planned.ok ? ok({ events: planned.value }) : planned;

  /** A key by its name. Whose it is decides who may end it. */
  const keyNamed = ({ state }: Ground, id: string): Result<AgentKey, changes.ChangeRefusal> => {
    const key = state.agents.keys.get(id);
    return key ? ok(key) : err({ code: 'not-found' });
  };

  return {
    agents: async (exchange) => json(200, await agentListOf(sightOf(exchange))),
    registerAgent: (exchange) =>
      change(
        exchange,
        gives,
        (ground) => events(changes.register(ground, exchange.body)),
        () => itemOf(exchange, exchange.body.id, 201),
      ),
    changeAgent: (exchange) => {
      const { body, param } = exchange;
      const { reason, ...rest } = body;
      const said = { ...rest, ...(reason === undefined ? {} : { reason: shown(reason) }) };
      return change(
        exchange,
        gives,
        (ground) => events(changes.alter(ground, param, said)),
        () => itemOf(exchange, param),
      );
    },
    issueKey: (exchange) =>
      change(
        exchange,
        gives,
        (ground) =>
          changes.issue(ground, exchange.param, {
            ...exchange.body,
            name: shown(exchange.body.name),
          }),
        ({ shown: { id, key, expiresAt } }: changes.Issued) =>
          json(201, { id, key, expiresAt: toIso(expiresAt) }),
      ),
    rotateKey: (exchange) => {
      const { days, overlapHours = DEFAULT_OVERLAP_HOURS } = exchange.body;
      const how = { ...(days === undefined ? {} : { days }), overlapMs: overlapHours * HOUR_MS };
      return change(
        exchange,
        gives,
        (ground) => {
          const old = keyNamed(ground, exchange.param);
          return old.ok ? changes.rotate(ground, old.value, how) : old;
        },
        (made: changes.Issued & { readonly oldEndsAt: Instant }) => {
          const { id, key, expiresAt } = made.shown;
          const replaces = { id: exchange.param, expiresAt: toIso(made.oldEndsAt) };
          return json(201, { id, key, expiresAt: toIso(expiresAt), replaces });
        },
      );
    },
    revokeKey: (exchange) =>
      change(
        exchange,
        (ground) => {
          const key = keyNamed(ground, exchange.param);
          return { gives: false, ...(key.ok ? { ofOwner: key.value.agent } : {}) };
        },
        (ground) => {
          const key = keyNamed(ground, exchange.param);
          if (!key.ok) return key;
          const isOver = key.value.revokedAt !== undefined;
          const { reason } = exchange.body;
          const why = reason === undefined ? undefined : shown(reason);
          return ok({ events: isOver ? [] : [changes.revocation(ground, key.value, why)] });
        },
        () => {
          const revokedAt = roster.now().agents.keys.get(exchange.param)?.revokedAt;
          if (revokedAt === undefined) throw new TypeError('a key was revoked and is not');
          return json(200, { id: exchange.param, revokedAt: toIso(revokedAt) });
        },
      ),
    stopAgent: (exchange) => stopOrResume(exchange, true),
    resumeAgent: (exchange) => stopOrResume(exchange, false),
    retireAgent: (exchange) => {
      const { reason } = exchange.body;
      const agent = directory().agents.get(exchange.param);
      return change(
        exchange,
        gives,
        (ground) =>
          events(
            changes.retire(
              ground,
              exchange.param,
              reason === undefined ? undefined : shown(reason),
            ),
          ),
        async () =>
          agent
            ? json(200, await agentItemOf(sightOf(exchange), agent))
            : refuse(exchange, 'not-found'),
      );
    },
    killSwitch: (exchange) => {
      const { stopped, reason } = exchange.body;
      return change(
        exchange,
        () => ({ gives: !stopped }),
        (ground) => events(changes.switchAll(ground, { stopped, reason: shown(reason) })),
        () => json(200, switchOf(roster.now())),
      );
    },
  };

  function stopOrResume(exchange: Exchange<'stopAgent' | 'resumeAgent'>, stopped: boolean) {
    const { param, body } = exchange;
    return change(
      exchange,
      () => (stopped ? { gives: false, ofOwner: param } : { gives: true }),
      (ground) =>
        events(changes.stopOrResume(ground, param, { stopped, reason: shown(body.reason) })),
      () => itemOf(exchange, param),
    );
  }
}

const HOUR_MS = 3_600_000;
const DEFAULT_OVERLAP_HOURS = 24;
