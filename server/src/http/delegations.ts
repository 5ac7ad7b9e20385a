import type { DelegationItem, Delegating } from '@countersign/api';
import {
  base64url,
  err,
  instant,
  ok,
  random,
  toIso,
  type Instant,
  type Person,
  type Result,
} from '@countersign/core';
import { isOver, LONGEST_DELEGATION_MS, type Delegation } from '@countersign/identity';
import type { Peopled } from '../directory.ts';
import { assuranceOf } from './assurance.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { namesOf } from './names.ts';
import type { PersonParts } from './people.ts';
import { refused, refuse, type Refused } from './refuse.ts';
import { isAdministrator, isAuditor } from './rights.ts';

type DelegationRoutes = Pick<
  Handlers,
  'myDelegations' | 'delegate' | 'delegations' | 'endDelegation'
>;

/** Who answers for whom while they are away. It gives power, so that a token in a file is not enough for it. */
export function delegationRoutes(parts: PersonParts): DelegationRoutes {
  const { roster, directory, clock } = parts;

  const list = (all: readonly Delegation[], next?: string): Reply =>
    json(200, {
      items: all.map((one) => itemOf(one, clock())),
      names: namesOf(
        directory(),
        all.flatMap(({ from, to, by }) => [from, to, by]),
      ),
      ...(next === undefined ? {} : { next }),
    });
  const newest = (): readonly Delegation[] => [...roster.now().delegations.values()].toReversed();
  const answer = (exchange: Pick<Exchange, 'requestId'>, status: number, id: string): Reply => {
    const one = roster.now().delegations.get(id);
    return one ? json(status, itemOf(one, clock())) : refuse(exchange, 'not-found');
  };

  return {
    myDelegations: (exchange) => {
      const now = directory();
      const { human } = personOf(exchange);
      const isMine = (id: string): boolean => now.person(id)?.human === human;
      return list(newest().filter(({ from, to }) => isMine(from) || isMine(to)));
    },
    delegations: (exchange) => {
      const { access } = parts.config();
      const person = personOf(exchange);
      if (!isAdministrator(person, access) && !isAuditor(person, access))
        return refuse(exchange, 'administrators-only');
      const { limit = 50, after } = exchange.query;
      const all = newest();
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      const items = all.slice(from, from + Number(limit));
      const last = items.at(-1)?.id;
      return list(items, from + items.length < all.length ? last : undefined);
    },
    delegate: async (exchange) => {
      const id = `dlg_${base64url(random(16))}`;
      const { body } = exchange;
      const changed = await roster.change<Refused>((state, at) => {
        const found = periodOf(parts, exchange, { at, open: [...state.delegations.values()] });
        if (!found.ok) return found;
        const { reason, groups } = body;
        const more = {
          ...(groups && { groups: [...new Set(groups)].toSorted() }),
          ...(reason === undefined ? {} : { reason: parts.shown(reason) }),
        };
        const { by, from, to, begins, ends } = found.value;
        const type = 'delegation.granted';
        return ok({ events: [{ type, at, by, delegation: id, from, to, begins, ends, ...more }] });
      });
      return changed.ok ? answer(exchange, 201, id) : refused(exchange, changed.error);
    },
    endDelegation: async (exchange) => {
      const { param } = exchange;
      const changed = await roster.change<Refused>((state, at) => {
        const now = directory();
        const me = now.person(exchange.caller.id) ?? personOf(exchange);
        const one = state.delegations.get(param);
        const isOurs = [one?.from, one?.to].some(
          (id) => id !== undefined && now.person(id)?.human === me.human,
        );
        const may = isOurs || isAdministrator(me, parts.config().access);
        if (!one || !may || !me.active) return err('not-found');
        if (isOver(one, at)) return ok({ events: [] });
        return ok({ events: [{ type: 'delegation.ended', at, by: me.id, delegation: param }] });
      });
      return changed.ok ? answer(exchange, 200, param) : refused(exchange, changed.error);
    },
  };
}

const MOST_OPEN = 10;

type Wish = Pick<Exchange<'delegate'>, 'caller' | 'body'>;
type Period = Pick<Delegation, 'by' | 'from' | 'to' | 'begins' | 'ends'>;
type Ground = { readonly at: Instant; readonly open: readonly Delegation[] };

/** What is asked for, if whoever asks may have it, on people as they are now. */
function periodOf(
  parts: PersonParts,
  { caller, body }: Wish,
  { at, open }: Ground,
): Result<Period, Refused> {
  const now: Peopled = parts.directory();
  const { access, signIn } = parts.config();
  const me = now.person(caller.id);
  const from = body.from === undefined ? me : now.person(body.from);
  const to = now.person(body.to);
  if (!me?.active) return err('not-found');
  if (from !== me && !isAdministrator(me, access)) return err('administrators-only');
  // where nobody can sign in a token is all there is
  const hasSignIn = signIn.development || signIn.providers.length > 0;
  if (hasSignIn && assuranceOf(caller, at) === 'chat') return err('sign-in-again');
  // R5: nobody takes another's place by their own word
  if (from && from.human !== me.human && to?.human === me.human) return err('excluded');
  if (!from?.active) return wrong('$.from', 'there is no such active person');
  if (!to?.active) return wrong('$.to', 'there is no such active person');
  if (to.human === from.human) return wrong('$.to', 'it is the same person');
  const theirs = open.filter((one) => now.person(one.from)?.human === from.human);
  if (theirs.filter((one) => !isOver(one, at)).length >= MOST_OPEN)
    return err('too-many-delegations');
  const period = { begins: momentOf(body.begins, at), ends: momentOf(body.ends, at) };
  const late = whyNotPeriod(period, at) ?? whyNotGroups(body, from);
  return late ?? ok({ by: me.id, from: from.id, to: to.id, ...period });
}

const momentOf = (text: string | undefined, at: Instant): Instant =>
  text === undefined ? at : instant(Date.parse(text));

function whyNotPeriod({ begins, ends }: Pick<Delegation, 'begins' | 'ends'>, at: Instant) {
  if (ends <= at) return wrong('$.ends', 'it is over already');
  if (ends <= begins) return wrong('$.ends', 'it ends before it begins');
  return ends - begins > LONGEST_DELEGATION_MS ? wrong('$.ends', 'at most 90 days') : undefined;
}

function whyNotGroups({ groups = [] }: Delegating, from: Person) {
  const foreign = groups.find((group) => !from.groups.includes(group));
  return foreign === undefined ? undefined : wrong('$.groups', `not a member of \`${foreign}\``);
}

const wrong = (path: string, message: string) =>
  err({ code: 'bad-delegation' as const, path, message });

/** A delegation as people read it. */
function itemOf(one: Delegation, now: Instant): DelegationItem {
  const { id, from, to, groups, begins, ends, endedAt, by, reason } = one;
  return {
    id,
    from,
    to,
    ...(groups && { groups }),
    begins: toIso(begins),
    ends: toIso(endedAt !== undefined && endedAt < ends ? endedAt : ends),
    state: isOver(one, now) ? 'ended' : now < begins ? 'planned' : 'active',
    by,
    ...(reason === undefined ? {} : { reason }),
  };
}
