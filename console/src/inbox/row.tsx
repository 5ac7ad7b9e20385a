import type { VNode } from 'preact';
import type { ApprovalItem } from '../wire.ts';
import { Exact } from '../ui/exact.tsx';
import { Ago, Remaining, StateChip } from '../ui/parts.tsx';
import { choose, chosen, mayChoose, page } from './state.ts';

/** One request in the list. It opens the request; nothing is decided from here. */
export function Row({
  item,
  isOpen,
  place,
}: {
  readonly item: ApprovalItem;
  readonly isOpen: boolean;
  readonly place: { readonly at: number; readonly of: number; readonly top: number };
}): VNode {
  const { approvalId, headline, risk, agent, owner, progress, state } = item;
  return (
    <li
      class={`row risk-${risk}`}
      style={{ transform: `translateY(${place.top}px)` }}
      aria-posinset={place.at + 1}
      aria-setsize={place.of}
    >
      <a
        href={`/a/${approvalId}`}
        data-row={place.at}
        aria-current={isOpen ? 'true' : undefined}
        class="row-link"
      >
        <span class="row-head">
          <Exact text={headline} />
        </span>
        <span class="row-facts">
          <b class="risk-word">{risk}</b>
          <span class="row-who">
            <Exact text={agent} /> <span class="dim">({page.value.names[owner] ?? owner})</span>
          </span>
          <span>
            {progress.have} of {progress.need}
          </span>
          {item.isMine ? <span class="dim">answered</span> : null}
          <span class="row-time">
            {state === 'pending' ? (
              <Remaining until={item.expiresAt} />
            ) : (
              <StateChip state={state} />
            )}
            <span class="dim">
              <Ago at={item.decidedAt ?? item.createdAt} />
            </span>
          </span>
        </span>
      </a>
      {mayChoose(item) ? <Choose id={approvalId} /> : null}
    </li>
  );
}

const Choose = ({ id }: { readonly id: string }): VNode => (
  <label class="choose">
    <input
      type="checkbox"
      checked={chosen.value.has(id)}
      onChange={(event) => choose(id, event.currentTarget.checked)}
    />
    <span class="visually-hidden">Read together with others</span>
  </label>
);
