import type { VNode } from 'preact';
import { now } from '../app/clock.ts';
import { count } from '../format/words.ts';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Exact } from '../ui/exact.tsx';
import { Ago, Banner } from '../ui/parts.tsx';
import type { AlertItem, AlertList } from '../wire.ts';

/** What each alert says, after whom it is about. */
const SAYS: Readonly<Record<AlertItem['because'], (n: string) => string>> = {
  agent: (n) => `had ${n} waiting, the most it may`,
  session: (n) => `had ${n} waiting in one session, the most it may`,
  owner: (n) => `and the other agents of its owner had ${n} waiting, the most they may`,
  reviewers: (n) => `put ${n} before people within an hour, enough for them`,
  locked: () => 'goes on asking for what people denied',
};

/** Agents that ask too much, or again for what was denied: the alerts that still stand. */
export function Alerts(): VNode | null {
  const { value } = useResource('alerts', () => get<AlertList>('/v1/alerts'));
  const items = value?.items.filter(({ until }) => Date.parse(until) > now.value) ?? [];
  if (items.length === 0) return null;
  return (
    <Banner tone="warn" title="Some agents are held back">
      <ul>
        {items.map(({ n, at, agent, because, count: many, actionType, resource }) => (
          <li key={n}>
            <b class="mono">
              <Exact text={agent} />
            </b>{' '}
            {SAYS[because](count(many, 'request'))}
            {resource ? (
              <>
                {' '}
                (<Exact text={`${actionType} on ${resource.type}::${resource.id}`} />)
              </>
            ) : null}
            , <Ago at={at} />
          </li>
        ))}
      </ul>
      Nobody is asked about more of it meanwhile; other agents go on. Stop the agent if it
      misbehaves.
    </Banner>
  );
}
