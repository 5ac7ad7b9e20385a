import type { VNode } from 'preact';
import { count } from '../format/words.ts';
import { Exact } from '../ui/exact.tsx';
import { Ago, Section, StateChip } from '../ui/parts.tsx';
import type { ApprovalPage, View } from '../wire.ts';

/** Data, systems and alarms, from the facts the gate derived. */
export const Touches = ({ view }: { readonly view: View }): VNode | null =>
  view.details.length === 0 ? null : (
    <Section title="What it touches">
      <dl class="facts">
        {view.details.map(({ label, value }, i) => (
          <div key={i} class={label === 'Alarm' ? 'alarm' : ''}>
            <dt>
              <Exact text={label} />
            </dt>
            <dd>
              <Exact text={value} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );

/** How requests like this one were decided before. */
export function Similar({ page: { similar } }: { readonly page: ApprovalPage }): VNode {
  const { among, approved, denied, other, items } = similar;
  const total = approved + denied + other;
  return (
    <Section
      title="Decided before"
      aside={
        <span class="dim">
          {total === 0
            ? `nothing like it among the last ${count(among, 'decision')}`
            : `like it: ${approved} approved, ${denied} denied${other > 0 ? `, ${other} neither` : ''}, among the last ${count(among, 'decision')}`}
        </span>
      }
    >
      {items.length === 0 ? null : (
        <ul class="similar">
          {items.map(({ approvalId, headline, state, decidedAt }) => (
            <li key={approvalId}>
              <StateChip state={state} />
              <a href={`/a/${approvalId}`}>
                <Exact text={headline} />
              </a>
              <span class="dim">
                <Ago at={decidedAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
