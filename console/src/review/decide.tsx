import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { Problem, tellOf } from '../http/client.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Exact } from '../ui/exact.tsx';
import { Banner, Busy, Remaining, RiskChip } from '../ui/parts.tsx';
import type { ApprovalPage, Me } from '../wire.ts';
import { answerByPasskey, answerBySession } from './answer.ts';
import type { BarButton } from './decision-bar.ts';
import type { Review } from './use-review.ts';

/** Refusals that mean: what is on the screen is not what waits any more. */
const OUTDATED = [
  'version-mismatch',
  'seen-mismatch',
  'digest-mismatch',
  'not-pending',
  'past-deadline',
  'settled',
];

type Props = {
  readonly id: string;
  readonly page: ApprovalPage;
  readonly who: Me;
  readonly review: Review;
  readonly button: BarButton;
  readonly onClose: () => void;
};

/** The last question before an answer is given: it repeats what, on what, and the phrase. */
export function Decide({ id, page, who, review, button, onClose }: Props): VNode {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const { choice, control, by, label } = button;
  const isNo = choice === 'deny';
  const answer = async (): Promise<void> => {
    setBusy(true);
    const answering = { approvalId: id, page, choice, control, reason };
    try {
      await (by === 'passkey' ? answerByPasskey(answering, who) : answerBySession(answering));
      tell(isNo ? 'Denied; recorded' : 'Your yes is recorded', 'good');
      onClose();
      review.reload();
    } catch (problem) {
      if (problem instanceof Problem && OUTDATED.includes(problem.code)) {
        onClose();
        review.outdate(`${problem.message}.`);
      } else setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const isReady = !isNo || reason.trim() !== '';
  return (
    <Dialog title={`${label}?`} onClose={onClose}>
      {(isArmed) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isArmed && isReady && !isBusy) void answer();
          }}
        >
          <Repeated page={page} />
          <label class="field">
            {isNo ? 'Reason (required; the agent sees it)' : 'Note (optional; the agent sees it)'}
            <textarea
              required={isNo}
              maxLength={500}
              rows={2}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
          {error === undefined ? null : (
            <Banner tone="bad" title="Nothing was recorded">
              {tellOf(error)}.
            </Banner>
          )}
          <div class="dialog-buttons">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button
              type="submit"
              class={isNo ? 'danger' : 'primary'}
              disabled={!isArmed || !isReady || isBusy}
            >
              <Busy isBusy={isBusy} label={label} />
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Repeated({ page: { view } }: Pick<Props, 'page'>): VNode | null {
  if (!view) return null;
  const { type, resource } = view.action;
  return (
    <div class="repeated">
      <p class="repeated-head">
        <Exact text={view.headline} />
      </p>
      <p>
        <b>
          <Exact text={type} />
        </b>{' '}
        <span class="dim">on</span> <Exact text={`${resource.type}::${resource.id}`} />
      </p>
      <p class="repeated-facts">
        <RiskChip risk={view.risk} />
        <b class="phrase">{view.phrase}</b>
        <Remaining until={view.expiresAt} />
      </p>
    </div>
  );
}
