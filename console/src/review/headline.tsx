import type { RefObject, VNode } from 'preact';
import { Exact } from '../ui/exact.tsx';
import { Ago, Remaining, RiskChip, StateChip } from '../ui/parts.tsx';
import type { ApprovalPage, View } from '../wire.ts';
import { nameIn } from './names.ts';

/** Who wants what, from the facts of the action alone. State and risk are drawn by us, beside it and never in it. */
export const Headline = ({
  page,
  view,
  titleRef,
}: {
  readonly page: ApprovalPage;
  readonly view: View;
  readonly titleRef: RefObject<HTMLHeadingElement | null>;
}): VNode => (
  <header class="headline">
    <p class="headline-who">
      <Exact text={view.agent} />
      <span class="dim"> owned by {nameIn(page, view.owner)}</span>
      {view.onBehalfOf === undefined ? null : (
        <span class="dim"> acting for {nameIn(page, view.onBehalfOf)}</span>
      )}
      <span class="dim"> wants to</span>
    </p>
    <h1 ref={titleRef} tabIndex={-1}>
      <Exact text={view.headline} />
    </h1>
    <p class="headline-chips">
      <RiskChip risk={view.risk} />
      <StateChip state={page.status.state} />
      {page.status.state === 'pending' ? <Remaining until={view.expiresAt} /> : null}
      <span class="dim">
        asked <Ago at={page.status.createdAt} />
      </span>
      {page.version > 1 ? <span class="dim">version {page.version}</span> : null}
    </p>
  </header>
);
