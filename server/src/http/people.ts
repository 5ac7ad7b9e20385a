import type { PersonItem } from '@countersign/api';
import type { Clock, Person } from '@countersign/core';
import { err, ok, type Result } from '@countersign/core';
import type { DirectoryEvent, Roster, RosterState } from '@countersign/identity';
import type { Config } from '../config/config.ts';
import type { Peopled } from '../directory.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { whyNotManage } from './manage.ts';
import { refuse } from './refuse.ts';

type PersonRoutes = Pick<
  Handlers,
  'people' | 'person' | 'deactivatePerson' | 'activatePerson' | 'signOutPerson' | 'linkPerson'
>;

export type PersonParts = {
  readonly roster: Pick<Roster, 'now' | 'change'>;
  readonly directory: () => Peopled;
  readonly config: () => Config;
  readonly clock: Clock;
  /** Masks text and makes it visible (R8, R9). */
  readonly shown: (text: string) => string;
};

type Refused =
  | 'not-found'
  | 'excluded'
  | 'sign-in-again'
  | 'administrators-only'
  | 'out-elsewhere'
  | 'unknown-person';
type Here = Pick<Exchange, 'caller' | 'param' | 'requestId'>;
type Ground = {
  readonly state: RosterState;
  readonly at: ReturnType<Clock>;
  readonly by: string;
  readonly person: Person;
};

/** Accounts of people. The routes admit administrators; what gives power is nobody's own to do (R5). */
export function personRoutes(parts: PersonParts): PersonRoutes {
  const { roster, directory, config, clock, shown } = parts;

  /** Decides on the accounts of the moment and answers with the one that was changed. */
  async function change(
    here: Here,
    { gives, other }: { readonly gives: boolean; readonly other?: string },
    plan: (ground: Ground) => Result<readonly DirectoryEvent[], Refused>,
  ): Promise<Reply> {
    const me = personOf(here);
    const changed = await roster.change<Refused>((state, at) => {
      const now = directory();
      const { access, signIn } = config();
      const hasSignIn = signIn.development || signIn.providers.length > 0;
      const caller = { ...here.caller, person: now.person(me.id) ?? me } as typeof here.caller;
      const barred = whyNotManage(caller, { gives, access, hasSignIn, now: clock() });
      if (barred) return err(barred);
      const person = now.person(here.param);
      if (!person) return err('not-found');
      const isOwn = [here.param, other].some(
        (id) => id !== undefined && now.person(id)?.human === now.person(me.id)?.human,
      );
      if (gives && isOwn) return err('excluded');
      const planned = plan({ state, at, by: me.id, person });
      return planned.ok ? ok({ events: planned.value }) : planned;
    });
    if (!changed.ok) return refuse(here, changed.error);
    const item = itemOf(here.param);
    return item ? json(200, item) : refuse(here, 'not-found');
  }

  function itemOf(id: string): PersonItem | undefined {
    const person = directory().person(id);
    if (!person) return undefined;
    const { people, passkeys } = roster.now();
    const account = people.accounts.get(id);
    const isConfigured = config().people.some((one) => one.id === id);
    const { provisioned, provider } = account ?? {};
    const { name, human, groups, active, reach, known } = person;
    const outBy = active ? undefined : outByOf(account);
    return {
      id,
      name,
      human,
      groups,
      ...(known?.groupsFrom && { groupsFrom: known.groupsFrom }),
      active,
      ...(outBy && { outBy }),
      ...(provider === undefined ? {} : { provider }),
      ...(provisioned && { connection: provisioned.connection }),
      source: isConfigured ? 'configuration' : provisioned ? 'scim' : 'sign-in',
      reach,
      passkeys: [...passkeys.byCredential.values()].filter((one) => one.person === id).length,
    };
  }

  return {
    people: ({ query }) => {
      const { items, next } = page(directory(), {
        q: String(query['q'] ?? ''),
        limit: Number(query['limit'] ?? 50),
        after: query['after'] === undefined ? undefined : String(query['after']),
      });
      return json(200, {
        items: items.map(itemOf),
        ...(next === undefined ? {} : { next }),
      });
    },
    person: (exchange) => {
      const item = itemOf(exchange.param);
      return item ? json(200, item) : refuse(exchange, 'not-found');
    },
    deactivatePerson: (exchange) =>
      change(exchange, { gives: false }, ({ state, at, by, person: { id: person } }) => {
        const isOut = state.people.accounts.get(person)?.isBarred === true;
        const reason = shown(exchange.body.reason);
        return ok(isOut ? [] : [{ type: 'person.deactivated', at, by, person, reason }]);
      }),
    activatePerson: (exchange) =>
      change(exchange, { gives: true }, ({ state, at, by, person: { id: person, active } }) => {
        if (state.people.accounts.get(person)?.isBarred !== true)
          return active ? ok([]) : err('out-elsewhere');
        const { reason } = exchange.body;
        const why = reason === undefined ? {} : { reason: shown(reason) };
        return ok([{ type: 'person.activated', at, by, person, ...why }]);
      }),
    signOutPerson: (exchange) =>
      change(exchange, { gives: false }, ({ at, by, person: { id: person } }) =>
        ok([{ type: 'person.signed-out', at, by, person }]),
      ),
    linkPerson: (exchange) => {
      const { to } = exchange.body;
      return change(exchange, { gives: true, other: to }, ({ at, by, person }) => {
        const other = directory().person(to);
        if (!other) return err('unknown-person');
        // the end of the chain is linked, so that whoever was one human before still is
        return ok(
          other.human === person.human
            ? []
            : [{ type: 'person.linked', at, by, person: person.human, to }],
        );
      });
    },
  };
}

function outByOf(
  account: ReturnType<RosterState['people']['accounts']['get']>,
): NonNullable<PersonItem['outBy']> {
  if (account?.isBarred) return 'administrator';
  return account?.active === false ? 'scim' : 'configuration';
}

/** Ids of a page in the order of the directory; `next` is the last of it. */
function page(
  directory: Peopled,
  {
    q,
    limit,
    after,
  }: { readonly q: string; readonly limit: number; readonly after: string | undefined },
): { readonly items: readonly string[]; readonly next?: string } {
  const items: string[] = [];
  let isPast = after === undefined;
  const begins = q.toLowerCase();
  for (const id of directory.people()) {
    if (isPast && (begins === '' || isCalled(directory.person(id), begins))) {
      const next = items.at(-1);
      if (items.length === limit && next !== undefined) return { items, next };
      items.push(id);
    }
    isPast ||= id === after;
  }
  return { items };
}

const isCalled = (person: Person | undefined, begins: string): boolean =>
  person !== undefined &&
  [person.id, person.name, ...person.name.split(/\s+/)].some((word) =>
    word.toLowerCase().startsWith(begins),
  );
