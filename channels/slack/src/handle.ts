import type { Card, ChatAccount, Desk, Told } from '@countersign/core';
import type { Admitted } from './account.ts';
import type { Background } from './background.ts';
import { readButton, type Pressed } from './button.ts';
import { change } from './channel.ts';
import { writeCopy, type Copy } from './copy.ts';
import { denialView, faultOf, readKept } from './denial.ts';
import { connectBlocks, inboxOf, said } from './inbox.ts';
import { REASON, readInteraction, type Interaction } from './interaction.ts';
import type { InTurn } from './in-turn.ts';
import { lintBlocks } from './lint.ts';
import { commandOf } from './slash.ts';
import type { Loose } from './read.ts';
import { sayTo } from './say.ts';
import type { Call } from './web.ts';

export type HandlerParts = {
  readonly call: Call;
  readonly desk: Desk;
  readonly admit: (interaction: Interaction) => Promise<Admitted>;
  readonly inTurn: InTurn;
  readonly background: Background;
};

/** What is answered to Slack at once; the rest goes on behind it. */
export type Handle = (payload: Loose) => Promise<Loose>;

const NOTHING: Loose = {};
const FAILED =
  'Something went wrong here, and nothing is known to be decided. Look in the console.';
type Place = Copy & { readonly user: string };

/** One core behind both doors. Slack waits three seconds: it is answered before anything is decided. */
export function createHandler(parts: HandlerParts): Handle {
  const { background, call } = parts;
  const begin = (at: Copy | undefined, { who }: Interaction, work: () => Promise<void>): void =>
    background.begin(async () => {
      try {
        await work();
      } catch (error) {
        if (at) await tell(call, { ...at, user: who.user }, FAILED);
        throw error;
      }
    });
  return async (payload) => {
    const interaction = readInteraction(payload);
    switch (interaction?.kind) {
      case 'press':
        begin(interaction.at, interaction, () => pressed(parts, interaction));
        return NOTHING;
      case 'reason': {
        const fault = faultOf(interaction.reason);
        if (fault) return { response_action: 'errors', errors: { [REASON]: fault } };
        const at = readKept(interaction.kept)?.at;
        begin(at, interaction, () => denied(parts, interaction));
        return NOTHING;
      }
      case 'command':
        return commandOf(parts, interaction);
      case 'home':
        background.begin(() => showHome(parts, interaction));
        return NOTHING;
      case undefined:
        return NOTHING;
    }
  };
}

type Of<K extends Interaction['kind']> = Extract<Interaction, { readonly kind: K }>;

/** A button of a card was pressed: a yes is a vote, a no asks for its reason first. */
async function pressed(parts: HandlerParts, press: Of<'press'>): Promise<void> {
  const { call, desk } = parts;
  const place = { ...press.at, user: press.who.user };
  // whether whoever votes may is the house's to say, and to record: also of somebody who has just left
  const isVote = press.action === 'approve';
  const account = await admitted(parts, press, place, isVote);
  if (!account) return;
  const button = readButton(press.value);
  if (!button)
    return tell(call, place, 'This button says nothing that could be decided. Open the console.');
  if (isVote)
    return voted(parts, place, button, () => desk.vote({ account, ...button, choice: 'approve' }));
  const card = await desk.card(button.approvalId);
  if (!card?.isOpen) {
    await tell(call, place, card ? 'This is decided already.' : 'There is no such request.');
    return bring(parts, place, button, card);
  }
  const view = denialView(card, String(press.value), press.at);
  if (lintBlocks(view.blocks, 'modal') !== undefined)
    return tell(call, place, 'This cannot be denied here. Open the console.');
  const opened = await call('views.open', { trigger_id: press.trigger, view });
  if (!opened.ok) await tell(call, place, 'The dialogue could not be opened. Press Deny again.');
}

/** The dialogue was sent, with a reason that does. */
async function denied(parts: HandlerParts, given: Of<'reason'>): Promise<void> {
  const kept = readKept(given.kept);
  if (!kept) return;
  const place = { ...kept.at, user: given.who.user };
  const account = await admitted(parts, given, place, true);
  if (!account) return;
  const { reason } = given;
  const click = { account, ...kept.pressed, choice: 'deny', reason } as const;
  await voted(parts, place, kept.pressed, () => parts.desk.vote(click));
}

/** The account behind an interaction; where it may not answer, it is told why, and nothing else happens. */
async function admitted(
  { admit, call, desk }: HandlerParts,
  it: Interaction,
  place: Place,
  isVote: boolean,
): Promise<ChatAccount | undefined> {
  const found = await admit(it);
  if (found.is === 'person' || (found.is === 'unlinked' && isVote)) return found.account;
  if (found.is === 'refused') await tell(call, place, found.because);
  if (found.is === 'unlinked') await sayConnect({ call, desk }, place);
  return undefined;
}

/** Casts a vote, says what became of it to whoever cast it, and brings the card they clicked to the truth. */
async function voted(
  parts: HandlerParts,
  place: Place,
  button: Pressed,
  vote: () => Promise<Told>,
): Promise<void> {
  const told = await vote();
  const { text, card } = told;
  const isUnlinked = told.outcome === 'refused' && told.code === 'not-linked';
  await Promise.all([
    isUnlinked ? sayConnect(parts, place) : tell(parts.call, place, text),
    bring(parts, place, button, card),
  ]);
}

/** The state of the moment the message is changed, not of the moment of the click: others may have answered since. */
async function bring(
  { call, desk, inTurn }: HandlerParts,
  place: Place,
  { approvalId }: Pressed,
  last: Card | undefined,
): Promise<void> {
  const copy = writeCopy(place);
  await inTurn(copy, async () => {
    const card = (await desk.card(approvalId)) ?? last;
    if (card) await change(call, copy, card);
  });
}

const sayConnect = (
  { call, desk }: Pick<HandlerParts, 'call' | 'desk'>,
  place: Place,
): Promise<void> =>
  sayTo(call, here(place), connectBlocks(desk.pages.connect), 'Connect your account');

const here = ({ channel, user }: Place) => ({ channel, user });

const tell = (call: Call, place: Place, text: string): Promise<void> =>
  sayTo(call, here(place), said(text), text);

/** The home tab is what waits for whoever opened it. */
async function showHome({ admit, call, desk }: HandlerParts, opened: Of<'home'>): Promise<void> {
  const found = await admit(opened);
  if (found.is === 'foreign') return;
  const blocks = await inboxOf(found, desk);
  const isFit = lintBlocks(blocks, 'home') === undefined;
  const view = { type: 'home', blocks: isFit ? blocks : said('Open the inbox in the console.') };
  await call('views.publish', { user_id: opened.who.user, view });
}
