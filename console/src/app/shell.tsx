import type { ComponentChildren, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { Mark } from '../entry/mark.tsx';
import { waitingForMe } from '../inbox/state.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { isHelpOpen, KEYS, useKeys } from './keys.ts';
import { go, place } from './router.ts';
import { told } from './tell.ts';

const RAIL: readonly (readonly [path: string, label: string, icon: IconName])[] = [
  ['/', 'Inbox', 'inbox'],
  ['/explorer', 'Ledger', 'ledger'],
  ['/policies', 'Policies', 'policies'],
  ['/waivers', 'Waivers', 'clock'],
  ['/people', 'People', 'people'],
  ['/agents', 'Agents', 'agents'],
  ['/me', 'Me', 'me'],
];

/** The rail, the page beside it, and what is told in passing. */
export function Shell({ children }: { readonly children: ComponentChildren }): VNode {
  const { path } = place.value;
  useEffect(() => useKeys({ g: () => go('/') }), []);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <nav class="rail" aria-label="Console">
        <Mark />
        {RAIL.map(([to, label, icon]) => (
          <a key={to} href={to} aria-current={isHere(to, path) ? 'page' : undefined}>
            <Icon name={icon} />
            <span>{label}</span>
            {to === '/' ? <Waits /> : null}
          </a>
        ))}
      </nav>
      <div class="outlet" id="main">
        {children}
      </div>
      <Telling />
      {isHelpOpen.value ? <Help /> : null}
    </div>
  );
}

const isHere = (to: string, path: string): boolean =>
  to === path || (to === '/' && (path.startsWith('/a/') || path === '/batch'));

/** How many wait for the person. */
function Waits(): VNode | null {
  const { count, isMore } = waitingForMe.value;
  if (count === 0) return null;
  return (
    <b class="waits">
      {count}
      {isMore ? '+' : ''}
      <span class="visually-hidden"> waiting for you</span>
    </b>
  );
}

const Telling = (): VNode => (
  <div class="telling" role="status" aria-live="polite">
    {told.value ? (
      <p key={told.value.id} class={told.value.tone}>
        {told.value.text}
      </p>
    ) : null}
  </div>
);

const Help = (): VNode => (
  <Dialog title="Keys" onClose={() => (isHelpOpen.value = false)}>
    {() => (
      <>
        <KeyList />
        <div class="dialog-buttons">
          <button type="button" class="primary" onClick={() => (isHelpOpen.value = false)}>
            Close
          </button>
        </div>
      </>
    )}
  </Dialog>
);

/** Every key and what it does. */
export const KeyList = (): VNode => (
  <dl class="keys">
    {KEYS.map(([key, does]) => (
      <div key={key}>
        <dt>
          <kbd>{key}</kbd>
        </dt>
        <dd>{does}</dd>
      </div>
    ))}
  </dl>
);
