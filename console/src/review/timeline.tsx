import type { VNode } from 'preact';
import { Exact } from '../ui/exact.tsx';
import { Ago, Section } from '../ui/parts.tsx';
import type { ApprovalPage } from '../wire.ts';
import { nameIn } from './names.ts';

/** Everything that happened to the request, oldest first. */
export const Timeline = ({ page }: { readonly page: ApprovalPage }): VNode => (
  <Section title="Timeline">
    <ol class="timeline">
      {page.timeline.map(({ at, by, text }, i) => (
        <li key={i}>
          <span>
            {by === undefined ? null : <b>{nameIn(page, by)} </b>}
            <Exact text={text} />
          </span>
          <span class="dim">
            <Ago at={at} />
          </span>
        </li>
      ))}
    </ol>
  </Section>
);
