import type { Card, ChatAccount, Desk, Outgoing, Person, Shown } from '@countersign/core';
import { ownCard } from '../cards/views.ts';
import type { Roster } from '../outbound/roster.ts';
import type { Seen } from '../outbound/seen.ts';
import { render } from '../cards/render.ts';
import type { Activity } from './activity.ts';
import { readPressed, type Pressed } from './click.ts';
import { asCard, asMessage, asMistake } from './invoke.ts';

type Parts = {
  readonly desk: Desk;
  readonly roster: Roster;
  readonly seen: Seen;
};

/** Who pressed what, where, as far as the connector vouches for it. */
type Asking = {
  readonly activity: Activity;
  readonly account: ChatAccount;
  readonly card: Card;
  readonly person: Person | undefined;
};

/** Answers `adaptiveCard/action`: the view of whoever asks for it, or what became of their click. */
export function createAnswering(
  parts: Parts,
): (
  activity: Activity,
  about: { readonly account: ChatAccount; readonly isFirst: boolean },
) => Promise<Outgoing> {
  const { desk } = parts;
  return async (activity, { account, isFirst }) => {
    const pressed = readPressed(activity.value);
    if (!pressed) return asMistake();
    const [card, person] = await Promise.all([desk.card(pressed.approvalId), desk.whois(account)]);
    if (!card) return asMessage('This gateway knows no such request.');
    const asking = { activity, account, card, person };
    // what came twice is answered twice and counted once
    if (pressed.verb === 'refresh' || !isFirst) return view(parts, asking);
    return decide(parts, asking, pressed);
  };
}

async function decide(parts: Parts, asking: Asking, pressed: Pressed): Promise<Outgoing> {
  const { account, card, person } = asking;
  const refuse = (note: string): Promise<Outgoing> => view(parts, asking, note);
  if (!person) return refuse('Connect your Teams account first. Nothing was decided.');
  const because = await whyNobody(parts, asking);
  if (because !== undefined) return refuse(because);
  const shown = shownTo(parts, card, pressed);
  if (!shown) return refuse('The card has changed. Look at it again, then answer.');
  const { verb, approvalId, version, actionDigest, seenDigest, reason } = pressed;
  if (verb === 'deny' && reason === undefined) return refuse('Say why, then deny.');
  // R8: a yes to what is not whole on the card, or not for one click, is refused by the desk, and R5 is told before
  const told = await parts.desk.vote({
    account,
    approvalId,
    version,
    actionDigest,
    seenDigest,
    choice: verb === 'deny' ? 'deny' : 'approve',
    ...(verb === 'deny' && reason !== undefined && { reason }),
    shown,
  });
  return told.card ? view(parts, { ...asking, card: told.card }, told.text) : asMessage(told.text);
}

/** Guests, and whoever the vendor does not plainly say is one of the tenant, decide nothing: asked for at the click (R2). */
async function whyNobody(
  { roster }: Parts,
  { activity: { serviceUrl, conversation, from }, account }: Asking,
): Promise<string | undefined> {
  const at = { serviceUrl, conversation: conversation.id.replace(/;messageid=.*$/, '') };
  const member = await roster.member(at, from.id);
  if (!member) return 'Teams did not say who you are. Try again, or answer in the console.';
  return member.isGuest || member.user !== account.user
    ? 'Guests do not decide. Nothing was decided.'
    : undefined;
}

/** What was in front of them: something this process rendered, or what it would render now. */
function shownTo({ seen }: Parts, card: Card, { rendered }: Pressed): Shown | undefined {
  const { shown } = render(card);
  return shown.digest === rendered ? shown : seen.get(card, rendered);
}

async function view(
  { desk, seen }: Parts,
  { activity, card, person }: Asking,
  note?: string,
): Promise<Outgoing> {
  const mayAnswer = person !== undefined && (await desk.mayAnswer(person, card.view.approvalId));
  const { payload, shown } = ownCard(
    card,
    {
      mayAnswer,
      ...(note !== undefined && { note }),
      ...(!person && { connect: desk.pages.connect }),
    },
    [activity.from.id],
  );
  seen.add(card, shown);
  return asCard(payload);
}
