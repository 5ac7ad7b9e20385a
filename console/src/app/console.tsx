import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { SignInPage } from '../entry/sign-in-page.tsx';
import { TerminalPage } from '../entry/terminal-page.tsx';
import { me, refreshMe, tellOf } from '../http/client.ts';
import { BatchPage } from '../inbox/batch-page.tsx';
import { waitingForMe } from '../inbox/state.ts';
import { InboxPage } from '../inbox/inbox-page.tsx';
import { ReviewPage } from '../review/review-page.tsx';
import { Banner, Waiting } from '../ui/parts.tsx';
import { lazy } from './lazy.tsx';
import type { MorePath } from './more-pages.ts';
import { go, place, safeNext } from './router.ts';
import { Shell } from './shell.tsx';
import { titleOf } from './title.ts';

const more = (path: MorePath): ComponentType =>
  lazy(async () => (await import('./more-pages.ts')).MORE_PAGES[path]);

const PAGES: Readonly<Record<string, ComponentType>> = {
  '/': InboxPage,
  '/batch': BatchPage,
  '/terminal': TerminalPage,
  '/explorer': lazy(async () => (await import('../explorer/explorer-page.tsx')).ExplorerPage),
  '/policies': more('/policies'),
  '/people': more('/people'),
  '/report': more('/report'),
  '/agents': more('/agents'),
  '/waivers': more('/waivers'),
  '/channels': more('/channels'),
  '/tools': more('/tools'),
  '/me': more('/me'),
};

/** The whole console: the page that is open, once it is known who looks at it. */
export function Console(): VNode {
  const [error, setError] = useState<unknown>();
  const { path, query } = place.value;
  const who = me.value;
  const ask = (): void => {
    setError(undefined);
    refreshMe().catch(setError);
  };
  useEffect(ask, []);
  useEffect(() => {
    if (who === 'out' && path !== '/sign-in')
      go(`/sign-in?next=${encodeURIComponent(path + location.search)}`, 'replace');
    if (typeof who === 'object' && path === '/sign-in') go(safeNext(query.get('next')), 'replace');
  }, [who, path]);
  useEffect(() => {
    document.title = titleOf(path, waitingForMe.value.count);
  }, [path, waitingForMe.value.count]);
  if (error !== undefined)
    return (
      <main class="alone">
        <Banner tone="bad" title="The gateway does not answer">
          <p>{tellOf(error)}.</p>
          <button type="button" onClick={ask}>
            Try again
          </button>
        </Banner>
      </main>
    );
  if (path === '/sign-in') return <SignInPage />;
  if (typeof who !== 'object')
    return (
      <main class="alone">
        <Waiting what="who you are" />
      </main>
    );
  const reviewed = /^\/a\/([\w-]+)$/.exec(path)?.[1];
  const Page = PAGES[path] ?? InboxPage;
  return <Shell>{reviewed === undefined ? <Page /> : <ReviewPage id={reviewed} />}</Shell>;
}
