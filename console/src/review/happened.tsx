import type { VNode } from 'preact';
import { drillText, stateText } from '../format/words.ts';
import { me } from '../http/client.ts';
import { Exact } from '../ui/exact.tsx';
import { Banner } from '../ui/parts.tsx';
import type { ApprovalPage, View } from '../wire.ts';
import { After } from './after.tsx';
import { FollowUp } from './follow-up.tsx';

/** What came of the request: this person's answer, who else is needed, the receipt, where it went on. */
export function Happened({
  page,
  view,
  onDone,
}: {
  readonly page: ApprovalPage;
  readonly view: View;
  readonly onDone: () => void;
}): VNode | null {
  const { status, votes } = page;
  const who = me.value;
  const mine = typeof who === 'object' ? votes.find(({ person }) => person === who.id) : undefined;
  const isPending = status.state === 'pending';
  return (
    <>
      {view.follows === undefined ? null : (
        <p class="dim">
          An edit of <FollowUp actionId={view.follows} label="an earlier request" />.
        </p>
      )}
      {mine && isPending ? (
        <Banner tone="good" title={`Your answer is recorded: ${mine.choice}`}>
          {stillNeeded(page)} <Receipt id={status.id} />
        </Banner>
      ) : null}
      {isPending ? null : (
        <Banner tone={toneOf(status.state)} title={titleOf(status)}>
          {status.reviewerNote === undefined ? null : (
            <p>
              “<Exact text={status.reviewerNote} />”
            </p>
          )}
          {status.outcome?.summary === undefined ? null : (
            <p>
              <Exact text={status.outcome.summary} />
            </p>
          )}
          {status.successor === undefined ? null : (
            <p>
              Replaced by <FollowUp actionId={status.successor} label="its successor" />.
            </p>
          )}
          <Receipt id={status.id} />
          <After id={view.approvalId} page={page} onDone={onDone} />
        </Banner>
      )}
    </>
  );
}

/** What a settled state means for the action; these words are never mixed up (R10). */
const MEANS: Readonly<Record<string, string>> = {
  approved: 'it runs once its executor takes it up',
  executing: 'it runs now',
  executed: 'it ran',
  failed: 'it ran and did not succeed',
  unknown: 'nobody can say whether it ran; it is never run again by itself',
  denied: 'it does not run',
  refused: 'policy does not allow it any more',
  expired: 'nobody answered in time; that is not a no',
  lapsed: 'it was approved and not used in time',
  revoked: 'the approval was taken back before it ran',
  cancelled: 'the agent withdrew it',
  superseded: 'its arguments were edited',
  unsatisfiable: 'too few people are left who may answer',
};
function titleOf({ state, drill }: ApprovalPage['status']): string {
  if (drill !== undefined) return drillText(drill);
  return MEANS[state] === undefined ? stateText(state) : `${stateText(state)}: ${MEANS[state]}`;
}
const toneOf = (state: string): 'good' | 'bad' | 'quiet' | 'warn' => {
  if (['approved', 'executed', 'executing', 'allowed'].includes(state)) return 'good';
  if (state === 'unknown') return 'warn';
  return 'quiet';
};

function stillNeeded({ requirements }: ApprovalPage): string {
  const open = requirements.filter(({ have, need }) => have < need);
  if (open.length === 0) return '';
  const who = open.map(({ have, need, groups, kind }) =>
    kind === 'confirm' ? 'a confirmation' : `${need - have} more of ${groups.join(' or ')}`,
  );
  return `Still needed: ${who.join('; ')}.`;
}

const Receipt = ({ id }: { readonly id: string }): VNode => (
  <a href={`/v1/actions/${id}/receipt`} download={`${id}.tlog-proof`}>
    Download the receipt
  </a>
);
