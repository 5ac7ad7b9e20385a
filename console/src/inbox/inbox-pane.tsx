import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useKeys } from '../app/keys.ts';
import { go } from '../app/router.ts';
import { count, RISKS } from '../format/words.ts';
import { tellOf } from '../http/client.ts';
import { isLive } from '../http/live.ts';
import { Banner, Empty, Waiting } from '../ui/parts.tsx';
import { ChannelsDown } from './channels-down.tsx';
import { List } from './list.tsx';
import {
  chosen,
  ensureRows,
  filter,
  follow,
  loadRows,
  page,
  rows,
  show,
  tab,
  waitingForMe,
  type Tab,
} from './state.ts';

const TABS: readonly (readonly [Tab, string])[] = [
  ['me', 'For you'],
  ['waiting', 'Waiting'],
  ['decided', 'Decided'],
];

/** What waits and what was decided: tabs, filters, and the list. */
export function InboxPane({ open }: { readonly open?: string }): VNode {
  useEffect(() => {
    ensureRows();
    return follow();
  }, []);
  return (
    <aside class="inbox" aria-label="Inbox">
      <div class="inbox-head">
        <div class="tabs" role="group" aria-label="Which requests">
          {TABS.map(([id, label]) => (
            <button key={id} type="button" aria-pressed={tab.value === id} onClick={() => show(id)}>
              {label}
              {id === 'me' && waitingForMe.value.count > 0 ? (
                <b class="tab-count">{waitingForMe.value.count}</b>
              ) : null}
            </button>
          ))}
        </div>
        <Filters />
        <p class="live" data-live={isLive.value}>
          {isLive.value ? 'live' : 'asking every 10 s'}
        </p>
      </div>
      <ChannelsDown />
      <Rows open={open} />
      {chosen.value.size > 0 ? <Together /> : null}
    </aside>
  );
}

function Filters(): VNode {
  const agent = useRef<HTMLInputElement>(null);
  useEffect(() => useKeys({ '/': () => agent.current?.focus() }), []);
  return (
    <div class="filters">
      <label>
        <span class="visually-hidden">Risk</span>
        <select
          value={filter.value.risk}
          onChange={(event) =>
            show(tab.value, { ...filter.value, risk: event.currentTarget.value })
          }
        >
          <option value="">any risk</option>
          {RISKS.map((risk) => (
            <option key={risk} value={risk}>
              {risk}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="visually-hidden">Agent</span>
        <input
          ref={agent}
          type="search"
          placeholder="agent  ( / )"
          value={filter.value.agent}
          onChange={(event) =>
            show(tab.value, { ...filter.value, agent: event.currentTarget.value })
          }
        />
      </label>
    </div>
  );
}

function Rows({ open }: { readonly open: string | undefined }): VNode {
  const { isLoading, error, next } = page.value;
  if (error !== undefined)
    return (
      <Banner tone="bad" title="The list cannot be read">
        <p>{tellOf(error)}.</p>
        <button type="button" onClick={() => void loadRows()}>
          Try again
        </button>
      </Banner>
    );
  if (rows.value.length > 0) return <List open={open} />;
  if (isLoading || next !== undefined) return <Waiting what="requests" />;
  return <NoRows />;
}

function NoRows(): VNode {
  const isFiltered = filter.value.risk !== '' || filter.value.agent !== '';
  if (isFiltered)
    return (
      <Empty title="Nothing fits the filter">
        <button type="button" onClick={() => show(tab.value, { risk: '', agent: '' })}>
          Clear it
        </button>
      </Empty>
    );
  switch (tab.value) {
    case 'me':
      return (
        <Empty title="Nothing waits for you">
          New requests appear here by themselves.{' '}
          <button type="button" onClick={() => show('decided')}>
            See the last decisions
          </button>
        </Empty>
      );
    case 'waiting':
      return <Empty title="Nothing waits">No agent waits for anybody’s decision.</Empty>;
    case 'decided':
      return <Empty title="Nothing was decided yet">Decisions stay readable here.</Empty>;
  }
}

const Together = (): VNode => (
  <div class="together">
    <span>{count(chosen.value.size, 'low-risk request')}</span>
    <button type="button" onClick={() => (chosen.value = new Set())}>
      Clear
    </button>
    <button
      type="button"
      class="primary"
      onClick={() => go(`/batch?ids=${[...chosen.value].join(',')}`)}
    >
      Read together
    </button>
  </div>
);
