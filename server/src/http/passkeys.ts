import { isId, statementToSign, toIso, type Instant } from '@countersign/core';
import {
  passkeysOf,
  waitingIn,
  type Acting,
  type Enrolling,
  type Labels,
  type PasskeyRefusal,
  type Roster,
  type Signing,
} from '@countersign/identity';
import { seeAsked } from './asked.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { refuse } from './refuse.ts';
import type { Sight } from './see.ts';

/** What passkeys over HTTP need. */
export type PasskeyParts = {
  readonly roster: Pick<Roster, 'now'>;
  readonly labels: Labels;
  readonly signing: Signing;
  readonly enrolling: Enrolling;
};

type PasskeyRoutes = Pick<
  Handlers,
  | 'statement'
  | 'passkeys'
  | 'passkeyOptions'
  | 'passkeyStatement'
  | 'addPasskey'
  | 'removePasskey'
  | 'waitingPasskeys'
  | 'endorsePasskey'
  | 'takePasskey'
>;

/** A person with the session they act in. */
const actingOf = (exchange: Pick<Exchange, 'caller'>): Acting => ({
  person: personOf(exchange),
  session: exchange.caller.kind === 'person' ? exchange.caller.session : undefined,
});

/** A refusal about passkeys as an answer. */
export const refusedKey = (
  exchange: Pick<Exchange, 'requestId'>,
  { code, detail }: PasskeyRefusal,
): Reply => refuse(exchange, code, detail === undefined ? {} : { detail });

/** Takes a passkey away, and says so. */
async function gone(exchange: Exchange, does: Enrolling['remove']): Promise<Reply> {
  const done = await does(actingOf(exchange), exchange.param);
  return done.ok
    ? json(200, { id: exchange.param, state: 'removed' })
    : refusedKey(exchange, done.error);
}

/** Passkeys: what they sign, how they come in, and how they go. */
export function passkeyRoutes(sight: Sight, parts: PasskeyParts): PasskeyRoutes {
  const { roster, labels, enrolling } = parts;

  return {
    statement: (exchange) => state(sight, parts, exchange),
    passkeys: async (exchange) => {
      const { id } = personOf(exchange);
      const { passkeys } = roster.now();
      const own = (['enrolled', 'waiting'] as const).flatMap((one) =>
        passkeysOf(passkeys, id, one),
      );
      const items = own.map(async ({ credential, since, lastUsedAt, state: standing, ...key }) => ({
        id: credential,
        label: (await labels.of(credential)) ?? 'passkey',
        createdAt: toIso(since),
        ...usedAt(lastUsedAt),
        level: key.level,
        state: standing,
        aaguid: key.aaguid,
        isBackedUp: key.isBackedUp,
      }));
      return json(200, { items: await Promise.all(items) });
    },
    passkeyOptions: async (exchange) => {
      const made = await enrolling.options(actingOf(exchange));
      return made.ok ? json(200, made.value) : refusedKey(exchange, made.error);
    },
    passkeyStatement: async (exchange) => {
      const asked = await enrolling.toVouch(actingOf(exchange), exchange.body);
      return asked.ok ? json(200, asked.value) : refusedKey(exchange, asked.error);
    },
    addPasskey: async (exchange) => {
      const { label, ...made } = exchange.body;
      const added = await enrolling.register(actingOf(exchange), made);
      if (!added.ok) return refusedKey(exchange, added.error);
      const { credential: id, state: standing } = added.value;
      await labels.tell(id, sight.parts.display.text(label), personOf(exchange).id);
      return json(201, { id, state: standing });
    },
    removePasskey: (exchange) => gone(exchange, enrolling.remove),
    waitingPasskeys: () =>
      json(200, {
        items: waitingIn(roster.now()).map(({ credential, person, since }) => ({
          credential,
          person,
          since: toIso(since),
        })),
      }),
    endorsePasskey: async (exchange) => {
      const done = await enrolling.endorse(actingOf(exchange), exchange.param);
      return done.ok
        ? json(200, { id: exchange.param, state: 'enrolled' })
        : refusedKey(exchange, done.error);
    },
    takePasskey: (exchange) => gone(exchange, enrolling.removeAnyones),
  };
}

const usedAt = (at: Instant | undefined): { readonly lastUsedAt?: string } =>
  at === undefined ? {} : { lastUsedAt: toIso(at) };

/** Writes out what a person means to answer. Whether it will count is decided when it comes back signed. */
async function state(
  sight: Sight,
  { signing }: PasskeyParts,
  exchange: Exchange<'statement'>,
): Promise<Reply> {
  const { param, body } = exchange;
  const approval = await seeAsked(sight, exchange);
  if (!isId('apr', param) || !approval) return refuse(exchange, 'not-found');
  if (approval.state !== 'pending') return refuse(exchange, 'not-pending');
  if (body.version !== approval.asked.version) return refuse(exchange, 'version-mismatch');
  if (body.seenDigest !== approval.asked.seenDigest) return refuse(exchange, 'seen-mismatch');
  const person = personOf(exchange);
  const { choice, version, seenDigest } = body;
  const said = { approvalId: param, choice, version, seenDigest };
  const statement = statementToSign(sight.parts, approval, person, said);
  const purpose = body.control === 'break-glass' ? 'break-glass' : 'decision';
  const asked = await signing.ask(person, statement, purpose);
  return asked.ok ? json(200, asked.value) : refusedKey(exchange, asked.error);
}
