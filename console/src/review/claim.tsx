import type { VNode } from 'preact';
import { Exact } from '../ui/exact.tsx';
import { Icon, Section } from '../ui/parts.tsx';
import type { View } from '../wire.ts';
import { Value } from './value.tsx';

const CUT = 280;

/** What the agent says about itself: last, quoted, plain, labelled, far from the buttons (R8, A5). */
export function Claim({ view: { claim, said } }: { readonly view: View }): VNode | null {
  const isSaid = said !== undefined && JSON.stringify(said) !== '{}';
  if (claim === undefined && !isSaid) return null;
  return (
    <Section
      title="What the agent says"
      name="claim"
      aside={
        <span class="unverified">
          <Icon name="quote" /> written by the agent, not verified
        </span>
      }
    >
      {claim === undefined ? null : <Quoted text={claim} />}
      {isSaid ? (
        <blockquote>
          <Value value={said} />
        </blockquote>
      ) : null}
    </Section>
  );
}

function Quoted({ text }: { readonly text: string }): VNode {
  if (text.length <= CUT)
    return (
      <blockquote>
        <Exact text={text} />
      </blockquote>
    );
  return (
    <details>
      <summary>
        <Exact text={`${text.slice(0, CUT)}…`} />{' '}
        <u>all {text.length.toLocaleString('en')} characters</u>
      </summary>
      <blockquote>
        <Exact text={text} />
      </blockquote>
    </details>
  );
}
