import type { WaiverItem, WaivingWish } from '@countersign/api';
import {
  after,
  askingOf,
  endorseWaiver,
  instant,
  isId,
  progressOf,
  proposeWaiver,
  revokeWaiver,
  sourceOf,
  statementToSign,
  toIso,
  waiverStateOf,
  whyNotRevoke,
  type KeptWaiver,
  type Result,
  type Sourced,
  type Waiver,
  type WaiverBook,
  type WaiverId,
  type WaiverRefusal,
  type WaiverView,
} from '@countersign/core';
import type { Signing } from '@countersign/identity';
import { channelFor } from './approvals.ts';
import { assuranceOf, isStale } from './assurance.ts';
import {
  json,
  personOf,
  type Caller,
  type Exchange,
  type Handlers,
  type Reply,
} from './exchange.ts';
import { namesOf } from './names.ts';
import { refusedKey } from './passkeys.ts';
import { refuse } from './refuse.ts';
import { isAdministrator, mayOfCaller } from './rights.ts';
import { actionOf, see, type Sight } from './see.ts';

type WaiverRoutes = Pick<
  Handlers,
  'waivers' | 'proposeWaiver' | 'endorseWaiver' | 'waiverStatement' | 'revokeWaiver'
>;

/** What waivers over HTTP need. */
export type WaiverParts = { readonly book: WaiverBook; readonly signing: Signing };

/** "Remember this". R7: people only; who may propose, endorse and revoke is decided in core. */
export function waiverRoutes(sight: Sight, { book, signing }: WaiverParts): WaiverRoutes {
  const { parts } = sight;

  /** The waiver as it stands now, to whoever just changed it. */
  async function told(
    exchange: Pick<Exchange, 'caller' | 'requestId'>,
    done: Result<{ readonly asked: { readonly waiverId: WaiverId } }, WaiverRefusal>,
    status: 200 | 201,
  ): Promise<Reply> {
    if (!done.ok) return no(exchange, done.error);
    const kept = await book.of(done.value.asked.waiverId);
    return kept
      ? json(status, await itemOf(sight, kept, exchange.caller))
      : refuse(exchange, 'not-found');
  }

  return {
    waivers: async ({ caller }) => {
      const newest = (await book.current()).toSorted(
        (a, b) => b.waiver.asked.at - a.waiver.asked.at,
      );
      const seen = await Promise.all(
        newest.map(async (kept) => ((await maySeeWaiver(sight, kept, caller)) ? [kept] : [])),
      );
      const shown = seen.flat().slice(0, MOST_LISTED);
      const items = await Promise.all(shown.map((kept) => itemOf(sight, kept, caller)));
      const people = items.flatMap(({ by, endorsedBy, revokedBy }) => [
        by,
        ...endorsedBy,
        revokedBy,
      ]);
      return json(200, { items, names: namesOf(parts.directory(), people) });
    },
    proposeWaiver: async (exchange) => {
      const { body, caller, request } = exchange;
      const { approvalId } = body;
      const action = await actionOf(sight, approvalId);
      const channel = channelFor({ caller, request });
      if (!isId('apr', approvalId) || !action || !(await see(sight, caller, action)) || !channel)
        return refuse(exchange, 'not-found');
      const now = parts.clock();
      const until = untilOf(body, now);
      if (until === undefined)
        return refuse(exchange, 'invalid-request', {
          path: '$.until',
          detail: 'say `until` or `ms`, one of them',
        });
      const { version, seenDigest, scope, uses, reason } = body;
      const made = await proposeWaiver(parts, personOf(exchange), {
        approvalId,
        version,
        seenDigest,
        scope,
        until,
        uses,
        reason,
        channel,
        assurance: assuranceOf(caller, now),
      });
      return told(exchange, made, 201);
    },
    endorseWaiver: async (exchange) => {
      const { body, caller, request, param } = exchange;
      const channel = channelFor({ caller, request });
      if (!isId('wvr', param) || !channel || !(await isSeen(sight, book, param, caller)))
        return refuse(exchange, 'not-found');
      const { assertion, termsDigest } = body;
      const person = personOf(exchange);
      const signed = assertion && (await signing.check(person, assertion, 'waiver'));
      if (signed?.ok === false) return refusedKey(exchange, signed.error);
      const now = parts.clock();
      const done = await endorseWaiver(parts, person, {
        waiverId: param,
        termsDigest,
        channel,
        assurance: assuranceOf(caller, now),
        ...signed?.value,
      });
      const isShort = !done.ok && done.error.code === 'assurance-too-low' && isStale(caller, now);
      return isShort ? refuse(exchange, 'sign-in-again') : told(exchange, done, 200);
    },
    waiverStatement: async (exchange) => {
      const { body, caller, param } = exchange;
      if (!isId('wvr', param) || !(await isSeen(sight, book, param, caller)))
        return refuse(exchange, 'not-found');
      const source = await sourceOf(parts, param);
      if (!source.ok) return refuse(exchange, source.error);
      const { asked } = source.value.waiver;
      if (body.termsDigest !== asked.termsDigest) return refuse(exchange, 'seen-mismatch');
      const { approvalId, version, termsDigest: seenDigest } = asked;
      const said = { approvalId, version, seenDigest, choice: 'approve' } as const;
      const person = personOf(exchange);
      const statement = statementToSign(parts, askingOf(source.value), person, said);
      const given = await signing.ask(person, statement, 'waiver');
      return given.ok ? json(200, given.value) : refusedKey(exchange, given.error);
    },
    revokeWaiver: async (exchange) => {
      const { body, param, caller } = exchange;
      if (!isId('wvr', param) || !(await isSeen(sight, book, param, caller)))
        return refuse(exchange, 'not-found');
      const by = personOf(exchange);
      const wish = {
        waiverId: param,
        ...body,
        isAdministrator: isAdministrator(by, sight.access()),
      };
      return told(exchange, await revokeWaiver(parts, by, wish), 200);
    },
  };
}

const MOST_LISTED = 200;

const no = (exchange: Pick<Exchange, 'requestId'>, { code, detail }: WaiverRefusal): Reply =>
  refuse(exchange, code, detail === undefined ? {} : { path: '$.scope', detail });

/** Until when, where exactly one of both is said. */
function untilOf(
  { until, ms }: WaivingWish,
  now: WaiverView['until'],
): WaiverView['until'] | undefined {
  if ((until === undefined) === (ms === undefined)) return undefined;
  return until === undefined ? after(now, ms ?? 0) : instant(Date.parse(until));
}

/** Whoever may see the action it comes from, and whoever manages the installation: they may have to end it. */
async function maySeeWaiver(
  sight: Sight,
  { waiver }: KeptWaiver,
  caller: Caller,
): Promise<boolean> {
  if (caller.kind === 'person' && isAdministrator(caller.person, sight.access())) return true;
  return (await see(sight, caller, waiver.asked.actionId)) !== undefined;
}

async function isSeen(
  sight: Sight,
  book: WaiverBook,
  id: WaiverId,
  caller: Caller,
): Promise<boolean> {
  const kept = await book.of(id);
  return kept !== undefined && maySeeWaiver(sight, kept, caller);
}

async function itemOf(
  sight: Sight,
  { waiver, terms }: KeptWaiver,
  caller: Caller,
): Promise<WaiverItem> {
  const { parts } = sight;
  const { asked, endorsements, revoked, used } = waiver;
  const now = parts.clock();
  const source = await sourceOf(parts, asked.waiverId);
  const state = waiverStateOf(waiver, now);
  return {
    id: asked.waiverId,
    state,
    approvalId: asked.approvalId,
    agent: asked.agent,
    by: asked.by,
    proposedAt: toIso(asked.at),
    until: toIso(asked.until),
    uses: asked.uses,
    used,
    expiresAt: toIso(asked.expiresAt),
    termsDigest: asked.termsDigest,
    ...(terms ? { view: terms.view } : {}),
    requirements: source.ok && state === 'proposed' ? progressIn(sight, source.value) : [],
    endorsedBy: endorsements.map(({ statement }) => statement.person),
    ...(revoked ? { revokedBy: revoked.by } : {}),
    may: {
      ...(source.ok && state === 'proposed' ? mayEndorse(sight, source.value, caller) : NEVER),
      revoke: (state === 'proposed' || state === 'in-force') && mayRevoke(sight, waiver, caller),
    },
  };
}

const NEVER = { endorse: false } as const;

const progressIn = ({ parts }: Sight, source: Sourced): WaiverItem['requirements'] =>
  progressOf(askingOf(source), parts.directory(), parts.clock()).map(
    ({ requirement: { groups, assurance }, have, need }) => ({ groups, assurance, have, need }),
  );

/** By the very function that decides (R5: there is no second opinion): what is endorsed is asked as a vote is. */
function mayEndorse(
  { parts }: Sight,
  source: Sourced,
  caller: Caller,
): Pick<WaiverItem['may'], 'endorse' | 'needs'> {
  const { vote, needs } = mayOfCaller(parts, askingOf(source), caller);
  return { endorse: vote, ...(needs === undefined ? {} : { needs }) };
}

function mayRevoke({ parts, access }: Sight, waiver: Waiver, caller: Caller): boolean {
  if (caller.kind !== 'person') return false;
  const isAdmin = isAdministrator(caller.person, access());
  return whyNotRevoke(parts, waiver, caller.person, isAdmin) === undefined;
}
