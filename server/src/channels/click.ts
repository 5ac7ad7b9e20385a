import type { Card, Click, Person, Told } from '@countersign/core';
import { askedOf, hasAnswered, isAsked, type Asked } from '../http/asked.ts';
import type { Caller } from '../http/exchange.ts';
import { foldOf } from '../http/folds.ts';
import { maySee } from '../http/rights.ts';
import type { Sight } from '../http/see.ts';
import type { Cards } from './card.ts';
import { excludedText, noClickText, refuse, TEXTS, type DeskCode } from './words.ts';

/** What taking a click needs. */
export type ClickParts = {
  readonly sight: Sight;
  readonly cards: Cards;
  readonly publicUrl: string;
};

/** A person without a session of ours: what they say counts as `chat` and no more. */
export const callerOf = (person: Person): Caller => ({ kind: 'person', id: person.id, person });

/** A click, with what it is about and who clicked. */
type Case = { readonly click: Click; readonly person: Person; readonly approval: Asked };

/** Casts the vote a click is, and says what became of it, with the request as it stands then. */
export async function voteOf(parts: ClickParts, person: Person, click: Click): Promise<Told> {
  const { sight, cards } = parts;
  const approval = await askedOf(sight, click.approvalId);
  if (!approval) return refuse('not-found');
  const { actionId } = approval.proposed;
  const before = await cards.of(actionId);
  if (!before) return refuse('erased');
  const code = hasDigest(approval, click)
    ? await cast(parts, { click, person, approval }, before)
    : 'digest-mismatch';
  const card = (await cards.of(actionId)) ?? before;
  if (code === undefined) return { outcome: 'counted', text: countedText(click, card), card };
  const after = (await askedOf(sight, click.approvalId)) ?? approval;
  const text = await textOf(parts, code, { click, person, approval: after }, before);
  const now = { directory: sight.parts.directory(), access: sight.access() };
  // ATTACKER: some clients let whoever is in front of them send any id; nobody guesses the digest of what was shown
  const mayHave = hadCard(approval, click) || maySee(callerOf(person), after, now);
  return refuse(code, text, mayHave ? card : undefined);
}

const hadCard = (approval: Asked, click: Click): boolean =>
  hasDigest(approval, click) && click.seenDigest === approval.asked.seenDigest;

/** Casts it; undefined when it counted. */
async function cast(
  { sight }: ClickParts,
  { click, person, approval }: Case,
  { approve }: Card,
): Promise<DeskCode | undefined> {
  const { account, approvalId, version, seenDigest, choice, reason, shown } = click;
  const isClickable = choice === 'deny' || (approve === 'one-click' && shown.complete);
  const voted = await sight.gatekeeper.vote(person, {
    approvalId,
    control: isReviewed(approval) ? 'vote' : 'confirm',
    choice,
    version,
    seenDigest,
    assurance: 'chat',
    channel: account.kind,
    // A7: what one click does not approve goes the same way, so that R5 is told first, and never counts
    shown: isClickable ? shown : { ...shown, complete: false },
    ...(reason === undefined ? {} : { reason }),
  });
  if (voted.ok) return undefined;
  if (voted.error === 'not-shown-whole') return 'no-one-click';
  if (voted.error !== 'not-pending') return voted.error;
  // what this very human said before may have settled it
  const settled = await askedOf(sight, approvalId);
  return settled && hasAnswered(settled, person.human) ? 'already-voted' : 'not-pending';
}

async function textOf(
  { sight, publicUrl }: ClickParts,
  code: DeskCode,
  { person, approval }: Case,
  card: Card,
): Promise<string> {
  switch (code) {
    case 'excluded': {
      const found = approval.asked.excluded.find(({ human }) => human === person.human);
      return excludedText(found?.because);
    }
    case 'no-one-click':
      return noClickText(card);
    case 'assurance-too-low':
      return `${TEXTS[code]} ${card.link}`;
    case 'not-pending': {
      const id = 'successor' in approval ? approval.successor : undefined;
      const next = id === undefined ? undefined : foldOf(await sight.parts.store.read(id));
      return isAsked(next)
        ? `The arguments were edited, and answers so far are void. It is asked anew: ${publicUrl}/a/${next.asked.approvalId}`
        : TEXTS[code];
    }
    default:
      return TEXTS[code];
  }
}

const isReviewed = ({ asked }: Asked): boolean =>
  asked.requirements.some(({ kind }) => kind === 'review');

/** ATTACKER: a beginning too short could be another action's. */
const hasDigest = ({ proposed: { digest } }: Asked, { actionDigest }: Click): boolean =>
  /^[0-9a-f]{16,64}$/.test(actionDigest) && digest.startsWith(`sha256:${actionDigest}`);

/** What became of an answer that counts. */
function countedText({ choice }: Click, { state, progress }: Card): string {
  if (choice === 'deny') return 'Your no is counted: it is denied.';
  if (state !== 'pending') return 'Your approval is counted: everything that was asked for is met.';
  const sum = (key: 'have' | 'need'): number => progress.reduce((all, one) => all + one[key], 0);
  return `Your approval is counted: ${sum('have')} of ${sum('need')}.`;
}
