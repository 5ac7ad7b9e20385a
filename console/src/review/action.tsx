import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useKeys } from '../app/keys.ts';
import { canonical, utf8 } from '../exact/canonical.ts';
import type { Integrity } from '../exact/integrity.ts';
import { Exact } from '../ui/exact.tsx';
import { Banner, Digest, Icon } from '../ui/parts.tsx';
import type { ApprovalPage, View } from '../wire.ts';
import { Edit } from './edit.tsx';
import { Reveals } from './reveal.tsx';
import { TypedArguments } from './typed.tsx';

type Props = {
  readonly id: string;
  readonly page: ApprovalPage;
  readonly view: View;
  readonly integrity: 'checking' | Integrity;
  /** Whether this person may ask for other arguments now. */
  readonly mayEdit: boolean;
};

/** The exact action: what runs if it is approved, and nothing else. */
export function Action({ id, page, view, integrity, mayEdit }: Props): VNode {
  const [isRaw, setRaw] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const edit = (): void => setEditing(mayEdit);
  useEffect(() => useKeys({ r: () => setRaw((before) => !before), e: edit }), [mayEdit]);
  const { type, resource } = view.action;
  return (
    <section class="part action" aria-label="The exact action">
      <div class="part-head">
        <h2>Exactly this runs</h2>
        <span class="tools">
          {mayEdit ? (
            <button type="button" class="quiet" onClick={edit}>
              Edit…
            </button>
          ) : null}
          <button type="button" class="quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw JSON
          </button>
        </span>
      </div>
      <p class="target">
        <b>
          <Exact text={type} />
        </b>
        <span class="dim"> on </span>
        <Exact text={`${resource.type}::${resource.id}`} />
      </p>
      <div class="exactly">{isRaw ? <Raw view={view} /> : <TypedArguments view={view} />}</div>
      <Grade view={view} />
      <Reveals id={id} page={page} />
      <Proof view={view} integrity={integrity} />
      {isEditing && mayEdit ? <Edit id={id} page={page} onClose={() => setEditing(false)} /> : null}
    </section>
  );
}

const Raw = ({ view }: { readonly view: View }): VNode => (
  <pre class="raw">
    <Exact text={JSON.stringify(view.action, undefined, 2)} />
  </pre>
);

/** What cannot be seen or understood of it is said above the digest, not below the fold. */
function Grade({ view: { complete, inspectable } }: { readonly view: View }): VNode | null {
  if (complete && inspectable === 'full') return null;
  return (
    <Banner tone="warn" title={complete ? GRADES[inspectable] : 'Not everything can be shown here'}>
      {inspectable === 'none'
        ? 'It can only be approved with a passkey.'
        : 'Read it to its end before you decide.'}
    </Banner>
  );
}
const GRADES = {
  full: 'Shown as it will run',
  partial: 'Parts of this are not understood',
  none: 'What this will do cannot be told from it',
} as const;

const Proof = ({ view, integrity }: Pick<Props, 'view' | 'integrity'>): VNode => (
  <p class="proof">
    <span class={view.complete ? 'ok' : 'not-ok'}>
      {view.complete ? 'complete' : 'not complete'}
    </span>
    <span>{utf8(canonical(view.action)).length.toLocaleString('en')} bytes</span>
    <Digest value={view.digest} />
    <b class="phrase" title="The same four words stand in every channel">
      {view.phrase}
    </b>
    <Checked integrity={integrity} />
  </p>
);

function Checked({ integrity }: Pick<Props, 'integrity'>): VNode {
  if (integrity === 'checking') return <span class="dim">checking…</span>;
  return integrity.ok ? (
    <span class="ok" title="This page hashed what it shows; the vote carries that digest">
      <Icon name="check" /> checked in this page
    </span>
  ) : (
    <span class="not-ok">
      <Icon name="alarm" /> does not match
    </span>
  );
}
