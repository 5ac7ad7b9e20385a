import { isId, openGlasses, toIso } from '@countersign/core';
import type { Signing } from '@countersign/identity';
import { channelFor, whyExcluded } from './approvals.ts';
import { seeAsked } from './asked.ts';
import { assuranceOf, isStale } from './assurance.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { refusedKey } from './passkeys.ts';
import { refuse, refused } from './refuse.ts';
import { see, toldTo, type Sight } from './see.ts';

/** Going ahead without those who are asked, and looking at it afterwards. R7: people only; who may is for the gatekeeper. */
export function breakGlassRoutes(
  sight: Sight,
  signing: Signing,
): Pick<Handlers, 'breakGlass' | 'reviewGlass' | 'openGlasses'> {
  const { gatekeeper, parts } = sight;
  return {
    breakGlass: (exchange) => breakIt(sight, signing, exchange),
    reviewGlass: async (exchange) => {
      const { caller, param, body } = exchange;
      const approval = await seeAsked(sight, exchange);
      if (!isId('apr', param) || !approval) return refuse(exchange, 'not-found');
      const person = personOf(exchange);
      const reviewed = await gatekeeper.reviewGlass(person, { approvalId: param, ...body });
      return reviewed.ok
        ? json(200, { status: toldTo(caller, reviewed.value) })
        : refused(exchange, reviewed.error);
    },
    openGlasses: async ({ caller }) => {
      const open = await openGlasses(parts);
      const seen = await Promise.all(
        open.map(async (one) => ((await see(sight, caller, one.actionId)) ? [one] : [])),
      );
      const now = parts.clock();
      const items = seen.flat().map(({ approvalId, actionId, by, reviewBy }) => ({
        approvalId,
        actionId,
        by,
        reviewBy: toIso(reviewBy),
        isOverdue: reviewBy <= now,
      }));
      return json(200, { items });
    },
  };
}

async function breakIt(
  sight: Sight,
  signing: Signing,
  exchange: Exchange<'breakGlass'>,
): Promise<Reply> {
  const { caller, param, body, request } = exchange;
  const channel = channelFor({ caller, request });
  const approval = await seeAsked(sight, exchange);
  if (!isId('apr', param) || !approval || channel === undefined)
    return refuse(exchange, 'not-found');
  const { assertion, ...said } = body;
  const person = personOf(exchange);
  const signed = assertion && (await signing.check(person, assertion, 'break-glass'));
  if (signed?.ok === false) return refusedKey(exchange, signed.error);
  const now = sight.parts.clock();
  const broken = await sight.gatekeeper.breakGlass(person, {
    approvalId: param,
    ...said,
    assurance: assuranceOf(caller, now),
    ...signed?.value,
    channel,
  });
  if (broken.ok) return json(200, { status: toldTo(caller, broken.value) });
  if (broken.error === 'assurance-too-low' && isStale(caller, now))
    return refuse(exchange, 'sign-in-again');
  if (broken.error !== 'excluded') return refused(exchange, broken.error);
  const because = whyExcluded(approval, exchange);
  return refuse(exchange, 'excluded', because === undefined ? {} : { detail: because });
}
