import {
  err,
  ok,
  type Clock,
  type Instant,
  type LedgerStore,
  type Result,
} from '@countersign/core';
import type { AgentEvent, AgentKey, Roster } from '@countersign/identity';
import type { ChangeRefusal, Ground } from '../agent-changes.ts';
import type { Config } from '../config/config.ts';
import type { Peopled } from '../directory.ts';
import { isOwnedBy } from './agent-items.ts';
import { personOf, type Exchange, type Reply } from './exchange.ts';
import { whyNotManage, type NotManaging } from './manage.ts';
import { refuse } from './refuse.ts';

/** What managing agents needs. */
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
  /** Seals what the database gate knows keys by. */
  readonly secret: Uint8Array;
};

/** Who may do it: administrators; owners too, where it only takes power away from an agent of theirs. */
export type Right = { readonly gives: boolean; readonly ofOwner?: string };

/** It gives power: for administrators who proved who they are a moment ago. */
export const gives = (): Right => ({ gives: true });

type Planned<T> = Result<{ readonly events: readonly AgentEvent[] } & T, ChangeRefusal>;

/** One change: who may make it, what it adds, what is answered once that is durable. */
type Change<T> = {
  readonly right: (ground: Ground) => Right;
  readonly plan: (ground: Ground) => Planned<T>;
  readonly answer: (made: T) => Reply | Promise<Reply>;
};

type Here = Pick<Exchange, 'caller' | 'requestId'>;
export type Changing = <T>(exchange: Here, change: Change<T>) => Promise<Reply>;

type Refused = ChangeRefusal | { readonly code: NotManaging };

/** Makes the one way agents are changed: right and change are decided together, on the ledger as it stands then. */
export function createChanging(parts: AgentParts): Changing {
  const { roster, directory, config, clock, secret } = parts;
  function whyNot({ caller }: Here, { gives: isGiving, ofOwner }: Right): NotManaging | undefined {
    const agent = ofOwner === undefined ? undefined : directory().agents.get(ofOwner);
    if (agent && isOwnedBy(directory(), agent, personOf({ caller }))) return undefined;
    const { signIn, access } = config();
    const hasSignIn = signIn.development || signIn.providers.length > 0;
    return whyNotManage(caller, { gives: isGiving, access, hasSignIn, now: clock() });
  }
  return async (exchange, { right, plan, answer }) => {
    let made: Parameters<typeof answer>[0] | undefined;
    const changed = await roster.change<Refused>((state, at) => {
      const by = personOf(exchange).id;
      const ground: Ground = { state, at, by, directory: directory(), config: config(), secret };
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
  };
}

/** Events alone as a change that answers nothing of its own. */
export const adding = (planned: Result<readonly AgentEvent[], ChangeRefusal>): Planned<{}> =>
  planned.ok ? ok({ events: planned.value }) : planned;

/** A key by its name. Whose it is decides who may end it. */
export function keyNamed({ state }: Ground, id: string): Result<AgentKey, ChangeRefusal> {
  const key = state.agents.keys.get(id);
  return key ? ok(key) : err({ code: 'not-found' });
}
