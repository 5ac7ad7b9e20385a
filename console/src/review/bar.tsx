import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../app/clock.ts';
import { useKeys } from '../app/keys.ts';
import { tell } from '../app/tell.ts';
import { ASSURANCE_TEXT } from '../format/words.ts';
import { Icon } from '../ui/icon.tsx';
import type { ApprovalPage, Me } from '../wire.ts';
import { Decide } from './decide.tsx';
import { decisionBar, neededFor, waitText, type Bar, type BarButton } from './decision-bar.ts';
import type { Reading } from './reading.ts';
import type { Review } from './use-review.ts';

type Props = {
  readonly id: string;
  readonly page: ApprovalPage;
  readonly who: Me;
  readonly review: Review;
  readonly reading: Reading;
};

/** The bar at the foot of a request: what can be done with it now, and what that waits for. */
export function DecisionBar(props: Props): VNode {
  const { page, who, review, reading } = props;
  const [asked, setAsked] = useState<BarButton>();
  const bar = decisionBar(page, who, {
    integrity: integrityOf(review),
    ...(review.stale === undefined ? {} : { stale: review.stale }),
    now: now.value,
    ...reading,
  });
  // a key opens the question; it never answers it, and never a button that waits
  const open = (choice: BarButton['choice']): void => {
    const buttons = bar.kind === 'open' ? bar.buttons.filter((one) => one.choice === choice) : [];
    const ready = buttons.find(({ wait }) => !wait);
    const wait = buttons[0]?.wait;
    if (ready) setAsked(ready);
    else if (wait) tell(waitText(wait, 'session'));
  };
  useEffect(() =>
    useKeys({
      y: () => open('approve'),
      n: () => open('deny'),
    }),
  );
  return (
    <div class={`bar ${bar.kind}`} data-covers="bottom" role="region" aria-label="Decision">
      {bar.kind === 'closed' ? (
        <p class={`bar-text ${bar.tone}`}>
          {bar.tone === 'quiet' ? null : <Icon name="alarm" />} {bar.text}
        </p>
      ) : (
        <Buttons {...props} bar={bar} onAsk={setAsked} />
      )}
      {asked && bar.kind === 'open' ? (
        <Decide {...props} button={asked} onClose={() => setAsked(undefined)} />
      ) : null}
    </div>
  );
}

function integrityOf({ integrity }: Review): 'checking' | 'holds' | 'broken' {
  if (integrity === 'checking') return 'checking';
  return integrity.ok ? 'holds' : 'broken';
}

function Buttons({
  bar,
  page,
  who,
  id,
  onAsk,
}: Props & {
  readonly bar: Extract<Bar, { kind: 'open' }>;
  readonly onAsk: (button: BarButton) => void;
}): VNode {
  const { view } = page;
  const waits = bar.buttons.find(({ wait }) => wait);
  const needs = view ? neededFor(page, view) : 'session';
  return (
    <>
      <p class="bar-text" role="status">
        {waits?.wait ? waitText(waits.wait, needs) : `Needs ${ASSURANCE_TEXT[needs]}`}
        {waits?.wait === 'sign-in-again' ? <SignInAgain id={id} who={who} /> : null}
      </p>
      <div class="bar-buttons">
        {bar.buttons.map((button, i) => (
          <button
            key={`${button.control}-${button.choice}-${button.by}`}
            type="button"
            class={button.choice === 'deny' ? 'danger' : i === 0 ? 'primary' : ''}
            disabled={button.wait !== undefined}
            onClick={() => onAsk(button)}
          >
            {button.by === 'passkey' ? <Icon name="key" /> : null}
            {button.label}…
          </button>
        ))}
      </div>
    </>
  );
}

const SignInAgain = ({ id, who }: Pick<Props, 'id' | 'who'>): VNode | null =>
  who.session ? (
    <>
      {' '}
      <a href={`/auth/login/${who.session.provider}?step_up=1&next=/a/${id}`}>Sign in again</a>
    </>
  ) : null;
