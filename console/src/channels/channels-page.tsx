import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { absolute } from '../format/time.ts';
import { channelText, count } from '../format/words.ts';
import { get, me, post, tellOf } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Exact } from '../ui/exact.tsx';
import { Ago, Empty, Loaded, PageHead, Section, StateChip } from '../ui/parts.tsx';
import type { ChannelItem, ChannelList, DeadLetters, Replayed, TriedChannel } from '../wire.ts';

/** Where people are asked besides here, whether that works, and what administrators do about it. */
export function ChannelsPage(): VNode {
  const channels = useResource('channels', () => get<ChannelList>('/v1/channels'));
  const who = me.value;
  const isAdministrator = typeof who === 'object' && who.roles?.includes('administrator') === true;
  return (
    <main class="page">
      <PageHead title="Channels">
        <button type="button" onClick={channels.reload}>
          Look again
        </button>
      </PageHead>
      <Loaded of={channels} what="channels">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="People are asked here only">
              <code>channels:</code> in <code>countersign.yaml</code> adds Slack, Teams, e-mail,
              webhooks, PagerDuty: see <code>docs/guides/channels.md</code>.
            </Empty>
          ) : (
            <>
              {items.map((one) => (
                <Channel
                  key={one.id}
                  of={one}
                  isAdministrator={isAdministrator}
                  onDone={channels.reload}
                />
              ))}
            </>
          )
        }
      </Loaded>
    </main>
  );
}

type Of = { readonly of: ChannelItem; readonly onDone: () => void };

function Channel({ of, isAdministrator, onDone }: Of & { readonly isAdministrator: boolean }) {
  const { state, since, because, waiting, open, dead } = of;
  return (
    <Section title={channelText(of)} aside={<StateChip state={state} />}>
      <p>
        {since === undefined ? null : (
          <>
            since {absolute(Date.parse(since))}, <Ago at={since} />
            {because === undefined ? '' : ': '}
          </>
        )}
        {because === undefined ? null : <Exact text={because} />}
      </p>
      <p class="dim">
        {waiting} waiting to be put there, {open} open, {count(dead, 'dead letter')}
      </p>
      {isAdministrator ? <Repair of={of} onDone={onDone} /> : null}
    </Section>
  );
}

function Repair({ of: { id, dead }, onDone }: Of): VNode {
  const [isTrying, setTrying] = useState(false);
  const path = `/v1/channels/${id}`;
  const replay = async (): Promise<void> => {
    try {
      const { replayed, rest } = await post<Replayed>(`${path}/replay`, {});
      tell(`${replayed} tried again, ${rest} left`, 'good');
    } catch (error) {
      tell(tellOf(error), 'bad');
    }
    onDone();
  };
  return (
    <>
      <p class="page-tools">
        <button type="button" onClick={() => setTrying(true)}>
          Send a test message…
        </button>
        {dead > 0 ? (
          <button type="button" onClick={() => void replay()}>
            Try again
          </button>
        ) : null}
      </p>
      {dead > 0 ? <Letters key={dead} path={`${path}/letters`} /> : null}
      {isTrying ? <Try of={id} path={`${path}/try`} onClose={() => setTrying(false)} /> : null}
    </>
  );
}

const Letters = ({ path }: { readonly path: string }): VNode => (
  <Loaded of={useResource(path, () => get<DeadLetters>(path))} what="dead letters">
    {({ items }) => (
      <ul class="cards">
        {items.map(({ subject, place, because, at }) => (
          <li key={subject + place}>
            <span>
              {subject.startsWith('apr_') ? <a href={`/a/${subject}`}>{subject}</a> : subject}{' '}
              {place === '' ? '' : <Exact text={`${place} `} />}
              <Exact text={because} />{' '}
              <span class="dim">
                <Ago at={at} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    )}
  </Loaded>
);

function Try({
  of,
  path,
  onClose,
}: {
  readonly of: string;
  readonly path: string;
  readonly onClose: () => void;
}): VNode {
  const [place, setPlace] = useState('');
  return (
    <Ask
      title={`Send a test message to ${of}?`}
      verb="Send"
      onDo={async () => {
        const { did, because } = await post<TriedChannel>(
          path,
          place.trim() === '' ? {} : { place: place.trim() },
        );
        if (did !== 'done') throw new Error(`Not sent (${did}): ${because}`);
      }}
      onClose={onClose}
    >
      <label class="field">
        Place, as in routing.yaml (none where there is but one)
        <input
          maxLength={256}
          value={place}
          onInput={(event) => setPlace(event.currentTarget.value)}
        />
      </label>
    </Ask>
  );
}
