import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { tellOf } from '../http/client.ts';
import { Banner, Waiting } from '../ui/parts.tsx';

type Page = ComponentType;

/** A page whose script is fetched when it is first opened, so that the inbox never waits for it. */
export function lazy(load: () => Promise<Page>): Page {
  let loaded: Page | undefined;
  return function Lazy(): VNode {
    const [Page, setPage] = useState<{ is: Page } | undefined>(loaded && { is: loaded });
    const [error, setError] = useState<unknown>();
    useEffect(() => {
      if (Page) return;
      const open = async (): Promise<void> => {
        loaded = await load();
        setPage({ is: loaded });
      };
      open().catch(setError);
    }, []);
    if (error !== undefined) return <Banner tone="bad">{tellOf(error)}</Banner>;
    return Page ? <Page.is /> : <Waiting what="the page" />;
  };
}
