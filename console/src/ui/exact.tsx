import type { VNode } from 'preact';
import { piecesOf } from '../exact/pieces.ts';

/** Untrusted text, drawn letter by letter: what hides is marked, what is masked is framed, nothing is ever markup (R8). */
export function Exact({ text }: { readonly text: string }): VNode {
  return (
    <bdi class="exact">
      {piecesOf(text).map(({ kind, text: part }, i) =>
        kind === 'plain' ? (
          part
        ) : (
          <mark key={i} class={kind} title={kind === 'hidden' ? 'a hidden character' : 'masked'}>
            {part}
          </mark>
        ),
      )}
    </bdi>
  );
}
