import type { VNode } from 'preact';
import { TypedArguments } from '../review/typed.tsx';
import { Exact } from '../ui/exact.tsx';
import { Digest, Remaining, RiskChip } from '../ui/parts.tsx';
import type { ApprovalPage } from '../wire.ts';

/** One of several, as it was read. */
export type Entry = {
  readonly id: string;
  readonly page?: ApprovalPage;
  /** Why it is not answered with the others. */
  readonly why?: string;
};

/** What came of one vote. */
export type Result = { readonly isDone: boolean; readonly text: string };

/** One request of several, shown whole. */
export function BatchItem({
  entry: { id, page, why },
  result,
}: {
  readonly entry: Entry;
  readonly result: Result | undefined;
}): VNode {
  const view = page?.view;
  return (
    <article class={why === undefined ? 'part batch-item' : 'part batch-item left-out'}>
      <h2>
        <a href={`/a/${id}`}>
          <Exact text={view?.headline ?? id} />
        </a>
      </h2>
      {view ? (
        <>
          <p class="target">
            <Exact text={view.agent} /> <span class="dim">wants</span> <b>{view.action.type}</b>{' '}
            <span class="dim">on</span>{' '}
            <Exact text={`${view.action.resource.type}::${view.action.resource.id}`} />
          </p>
          <div class="exactly">
            <TypedArguments view={view} />
          </div>
          <p class="proof">
            <RiskChip risk={view.risk} />
            <Digest value={view.digest} />
            <b class="phrase">{view.phrase}</b>
            <Remaining until={view.expiresAt} />
          </p>
        </>
      ) : null}
      {why === undefined ? null : <p class="not-ok">Left out: {why}.</p>}
      {result ? <p class={result.isDone ? 'ok' : 'not-ok'}>{result.text}</p> : null}
    </article>
  );
}
