import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { me, tellOf } from '../http/client.ts';
import { InboxPane } from '../inbox/inbox-pane.tsx';
import { Banner, Icon, Waiting } from '../ui/parts.tsx';
import type { ApprovalPage, Me } from '../wire.ts';
import { Action } from './action.tsx';
import { Claim } from './claim.tsx';
import { DecisionBar } from './bar.tsx';
import { Exception } from './exception.tsx';
import { Headline } from './headline.tsx';
import { Happened } from './happened.tsx';
import { Policy } from './policy.tsx';
import { Similar, Touches } from './touches.tsx';
import { Timeline } from './timeline.tsx';
import { useReading } from './reading.ts';
import { useReview, type Review } from './use-review.ts';

/** One request, everything needed to decide it, in the order in which it should be read. */
export function ReviewPage({ id }: { readonly id: string }): VNode {
  const review = useReview(id);
  const who = me.value;
  return (
    <div class="split">
      <InboxPane open={id} />
      <main class="review" key={id}>
        <a class="back" href="/" data-covers="top">
          <Icon name="back" /> Inbox
        </a>
        {review.page && typeof who === 'object' ? (
          <Shown id={id} page={review.page} review={review} who={who} />
        ) : (
          <Unread review={review} />
        )}
      </main>
    </div>
  );
}

const Unread = ({ review }: { readonly review: Review }): VNode =>
  review.error === undefined ? (
    <Waiting what="the request" />
  ) : (
    <Banner tone="bad" title="This request cannot be shown">
      <p>{tellOf(review.error)}.</p>
      <button type="button" onClick={review.reload}>
        Try again
      </button>
    </Banner>
  );

function Shown({
  id,
  page,
  review,
  who,
}: {
  readonly id: string;
  readonly page: ApprovalPage;
  readonly review: Review;
  readonly who: Me;
}): VNode {
  const [block, reading] = useReading(page.seenDigest);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), [id]);
  const { integrity } = review;
  const { view } = page;
  if (!view)
    return (
      <>
        <h1 ref={title} tabIndex={-1}>
          Erased request
        </h1>
        <Banner tone="quiet">
          What was asked has been erased. That it was decided stays provable.
        </Banner>
        <Timeline page={page} />
      </>
    );
  return (
    <>
      <Alarms review={review} />
      <Headline page={page} view={view} titleRef={title} />
      <Happened page={page} view={view} onDone={review.reload} />
      <Exception id={id} page={page} onDone={review.reload} />
      <div ref={(element) => void (block.current = element)}>
        <Action
          id={id}
          page={page}
          view={view}
          integrity={integrity}
          mayEdit={page.may.vote && page.status.state === 'pending' && review.stale === undefined}
        />
      </div>
      <Touches view={view} />
      <Similar page={page} />
      <Policy page={page} view={view} />
      <Claim view={view} />
      <Timeline page={page} />
      <DecisionBar id={id} page={page} who={who} review={review} reading={reading} />
    </>
  );
}

function Alarms({ review }: { readonly review: Review }): VNode | null {
  const { integrity, stale, reload } = review;
  if (integrity !== 'checking' && !integrity.ok)
    return (
      <Banner tone="bad" title="This page does not show what would be decided">
        <p>{integrity.why}. Do not approve it anywhere; tell security.</p>
      </Banner>
    );
  if (stale === undefined) return null;
  return (
    <Banner tone="warn" title={stale}>
      <p>What you see below is what it said before.</p>
      <button type="button" onClick={reload}>
        Show what it says now
      </button>
    </Banner>
  );
}
