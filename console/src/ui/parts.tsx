import type { ComponentChildren, VNode } from 'preact';
import { now } from '../app/clock.ts';
import { absolute, ago, remaining } from '../format/time.ts';
import { stateText } from '../format/words.ts';
import { tellOf } from '../http/client.ts';
import type { Resource } from '../http/resource.ts';
import type { Risk } from '../wire.ts';
import { Icon } from './icon.tsx';

/** A risk, by word and by colour. */
export const RiskChip = ({ risk }: { readonly risk: Risk }): VNode => (
  <span class={`chip risk-${risk}`}>{risk} risk</span>
);

const GOOD = ['approved', 'executed', 'allowed', 'enrolled', 'active', 'up', 'accepted'];
const BAD = ['denied', 'failed', 'refused', 'revoked', 'stopped', 'unknown', 'down', 'suspended'];

/** A state, by word and by colour. It is drawn by us, in a place where no agent writes. */
export const StateChip = ({ state }: { readonly state: string }): VNode => (
  <span class={`chip ${GOOD.includes(state) ? 'good' : BAD.includes(state) ? 'bad' : 'neutral'}`}>
    {stateText(state)}
  </span>
);

/** A moment, as how long ago it was; the exact time on pointing at it. */
export function Ago({ at }: { readonly at: string | number }): VNode {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time dateTime={new Date(ms).toISOString()} title={absolute(ms)}>
      {ago(ms, now.value)}
    </time>
  );
}

/** The time something still has. */
export function Remaining({ until }: { readonly until: string | number }): VNode {
  const ms = typeof until === 'number' ? until : Date.parse(until);
  const isClose = ms - now.value < 120_000;
  return (
    <time
      class={isClose ? 'remaining close' : 'remaining'}
      dateTime={new Date(ms).toISOString()}
      title={`expires ${absolute(ms)}`}
    >
      {remaining(ms, now.value)}
    </time>
  );
}

/** Something that stands out: an alarm, a warning, a piece of good news. */
export const Banner = ({
  tone,
  title,
  children,
}: {
  readonly tone: 'bad' | 'warn' | 'good' | 'quiet';
  readonly title?: string;
  readonly children?: ComponentChildren;
}): VNode => (
  <div class={`banner ${tone}`} role={tone === 'bad' ? 'alert' : 'note'}>
    {title === undefined ? null : <strong>{title}</strong>}
    <div>{children}</div>
  </div>
);

/** A place with nothing in it, and what would be there. */
export const Empty = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    <p>{children}</p>
  </div>
);

/** What was read, or that it is being read, or why it could not be. */
export function Loaded<T>({
  of,
  what,
  children,
}: {
  readonly of: Resource<T>;
  readonly what: string;
  readonly children: (value: T) => VNode;
}): VNode {
  if (of.value !== undefined) return children(of.value);
  if (of.error === undefined) return <Waiting what={what} />;
  return (
    <Banner tone="bad" title={`No ${what}`}>
      <p>{tellOf(of.error)}.</p>
      <button type="button" onClick={of.reload}>
        Try again
      </button>
    </Banner>
  );
}

/** Grey lines where something will be. */
export const Waiting = ({ what }: { readonly what: string }): VNode => (
  <div class="waiting" role="status">
    <span class="visually-hidden">Reading {what}…</span>
    <i />
    <i />
    <i />
  </div>
);

/** A page's title and what belongs beside it. */
export const PageHead = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode => (
  <header class="page-head">
    <h1 tabIndex={-1}>{title}</h1>
    <div class="page-tools">{children}</div>
  </header>
);

/** A titled part of a page. */
export const Section = ({
  title,
  aside,
  children,
  name,
}: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly name?: string;
}): VNode => (
  <section class={`part ${name ?? ''}`} aria-label={title}>
    <div class="part-head">
      <h2>{title}</h2>
      {aside}
    </div>
    {children}
  </section>
);

/** A button that says what it waits for. */
export const Busy = ({
  isBusy,
  label,
}: {
  readonly isBusy: boolean;
  readonly label: string;
}): VNode => <>{isBusy ? 'One moment…' : label}</>;

/** A key or digest, shortened for the eye; the whole one can be copied. */
export function Digest({ value }: { readonly value: string }): VNode {
  const hex = value.replace(/^sha256:/, '');
  return (
    <button
      type="button"
      class="digest"
      title={`${value}\n(click to copy)`}
      onClick={() => void navigator.clipboard.writeText(value).catch(() => undefined)}
    >
      <span class="visually-hidden">Copy digest </span>sha256 {hex.slice(0, 12)}…{hex.slice(-6)}
    </button>
  );
}

export { Icon };
