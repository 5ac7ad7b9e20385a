import { ASSURANCE_TEXT, BECAUSE, isAtLeast, stateText, stronger } from '../format/words.ts';
import type { ApprovalPage, Assurance, Choice, Control, Me, View } from '../wire.ts';

/** What this page knows about how the request was looked at, and whether it is still the one that waits. */
export type Looked = {
  readonly integrity: 'checking' | 'holds' | 'broken';
  /** In words, once the gateway told that the request is not what is on the screen any more. */
  readonly stale?: string;
  readonly now: number;
  /** Every line of the action was on the screen. */
  readonly isReadToEnd: boolean;
  /** How long the whole action has been in view. */
  readonly inViewMs: number;
};

/** Why a button cannot be pressed yet. */
export type Wait =
  | 'read-to-end'
  | 'look-longer'
  | 'sign-in-again'
  | 'enrol-passkey'
  | 'enrol-hardware-key';

export type BarButton = {
  readonly choice: Choice;
  readonly control: Control;
  readonly by: 'session' | 'passkey';
  readonly label: string;
  readonly wait?: Wait;
};

/** The decision bar: closed with a reason, or open with the buttons that this person has now. */
export type Bar =
  | { readonly kind: 'closed'; readonly tone: 'quiet' | 'alarm' | 'stale'; readonly text: string }
  | { readonly kind: 'open'; readonly buttons: readonly BarButton[] };

/** How long a high risk has to be in view before it can be approved. */
export const LOOK_MS = 2_000;

/**
 * Which buttons there are, and which can be pressed. A pure function of the request, the person and what they looked at:
 * nothing that an agent wrote is an input. The gateway decides all of it again.
 */
export function decisionBar(page: ApprovalPage, me: Me, looked: Looked): Bar {
  const shut = whyShut(page, looked);
  if (shut) return shut;
  const { view, may } = page;
  const controls = view ? controlsOf(may, view) : [];
  if (!view || controls.length === 0) return quiet(whyNotYou(page, me));
  return {
    kind: 'open',
    buttons: [
      ...controls.flatMap((control) => yesButtons(page, view, me, looked, control)),
      ...controls.slice(0, 1).map(noButton),
    ],
  };
}

/** How this person may answer. Whoever is only not sure enough for a yes is told so, and may still say no. */
function controlsOf(may: ApprovalPage['may'], { asks }: View): readonly Control[] {
  if (may.because === 'assurance-too-low')
    return [asks.some(({ kind }) => kind === 'review') ? 'vote' : 'confirm'];
  return [...(may.vote ? (['vote'] as const) : []), ...(may.confirm ? (['confirm'] as const) : [])];
}

/** Why this person has no buttons: for whoever stands behind the action, in what way. */
function whyNotYou({ view, may, names }: ApprovalPage, { id, name }: Me): string {
  const told = BECAUSE[may.because ?? ''] ?? 'You may not answer this.';
  const found = view?.excluded.find(({ human }) => human === id);
  if (may.because !== 'excluded' || !found) return told;
  return `You may not decide this: ${name ?? names[id] ?? id} ${found.because}.`;
}

const quiet = (text: string): Bar => ({ kind: 'closed', tone: 'quiet', text });

/** What closes the bar for everyone, the gravest first. */
function whyShut({ status, view }: ApprovalPage, looked: Looked): Bar | undefined {
  if (looked.integrity === 'broken')
    return {
      kind: 'closed',
      tone: 'alarm',
      text: 'Do not decide here: this page cannot be trusted.',
    };
  if (looked.stale !== undefined) return { kind: 'closed', tone: 'stale', text: looked.stale };
  if (status.state !== 'pending') return quiet(`Settled: ${stateText(status.state)}.`);
  if (!view) return quiet('What was asked has been erased; it cannot be decided.');
  if (looked.now >= view.expiresAt) return quiet('Expired: nobody answered in time.');
  if (looked.integrity === 'checking') return quiet('Checking what is shown…');
  return undefined;
}

const noButton = (control: Control): BarButton => ({
  choice: 'deny',
  control,
  by: 'session',
  label: 'Deny',
});

/** A yes: by the session where that is enough, by a passkey where this person has one or must. */
function yesButtons(
  page: ApprovalPage,
  view: View,
  me: Me,
  looked: Looked,
  control: Control,
): readonly BarButton[] {
  const needs = neededFor(page, view);
  const gate = gateOf(view, looked);
  const word = control === 'confirm' ? 'Confirm' : 'Approve';
  const have = me.session?.assurance ?? 'chat';
  const reach = me.reach ?? have;
  const bySession: BarButton = {
    choice: 'approve',
    control,
    by: 'session',
    label: word,
    ...waiting(gate ?? (isAtLeast(have, needs) ? undefined : 'sign-in-again')),
  };
  const byPasskey: BarButton = {
    choice: 'approve',
    control,
    by: 'passkey',
    label: `${word} with passkey`,
    ...waiting(whyNoPasskey(reach, needs) ?? gate),
  };
  if (isAtLeast(needs, 'passkey')) return [byPasskey];
  return isAtLeast(reach, 'passkey') ? [bySession, byPasskey] : [bySession];
}

const waiting = (wait: Wait | undefined): { readonly wait?: Wait } => (wait ? { wait } : {});

function whyNoPasskey(reach: Assurance, needs: Assurance): Wait | undefined {
  if (isAtLeast(reach, stronger(needs, 'passkey'))) return undefined;
  return needs === 'hardware' ? 'enrol-hardware-key' : 'enrol-passkey';
}

/** What must have been looked at first. What cannot be seen whole, or not understood, is never one click away (A7, A8). */
function gateOf({ risk }: View, { isReadToEnd, inViewMs }: Looked): Wait | undefined {
  if (!isReadToEnd) return 'read-to-end';
  const isGrave = risk === 'high' || risk === 'critical';
  return isGrave && inViewMs < LOOK_MS ? 'look-longer' : undefined;
}

/** Whether a yes may be offered before everything was scrolled through, or in a list with others. */
export const isOneClick = ({ complete, inspectable }: View): boolean =>
  complete && inspectable === 'full';

/** The level a yes of this person must have: what the gateway says, and never less than what can be understood of it. */
export function neededFor(
  { may }: Pick<ApprovalPage, 'may'>,
  { inspectable }: Pick<View, 'inspectable'>,
): Assurance {
  const asked = may.needs ?? 'chat';
  if (inspectable === 'none') return stronger(asked, 'passkey');
  return inspectable === 'partial' ? stronger(asked, 'session') : asked;
}

/** What a waiting button asks of the person. */
export function waitText(wait: Wait, needs: Assurance): string {
  switch (wait) {
    case 'read-to-end':
      return 'Read the action to its end first';
    case 'look-longer':
      return 'Take a moment to read it';
    case 'sign-in-again':
      return `Needs ${ASSURANCE_TEXT[needs]}`;
    case 'enrol-passkey':
      return 'Needs a passkey: enrol one under Me';
    case 'enrol-hardware-key':
      return 'Needs a hardware security key: enrol one under Me';
  }
}
