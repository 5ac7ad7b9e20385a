import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { place } from '../app/router.ts';
import { CHANNEL_TEXT } from '../format/words.ts';
import { get, me, post } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Ago, Banner, Loaded, Section } from '../ui/parts.tsx';
import type { ChatList } from '../wire.ts';

type Kind = ChatList['places'][number]['kind'];

/** This person's accounts in chats: whoever clicks there with one of them answers as this person. */
export function Chats(): VNode {
  const chats = useResource('chats', () => get<ChatList>('/v1/me/chats'));
  const [parted, setParted] = useState<Kind>();
  return (
    <Section title="Connected accounts" aside={<a href="/channels">Channels</a>}>
      <Trouble />
      <Loaded of={chats} what="connected accounts">
        {({ items, places }) => (
          <>
            <p class="dim">
              {items.length + places.length === 0
                ? 'No chat is set up here.'
                : 'A click in the chat answers as you, at the lowest assurance.'}
            </p>
            {items.length > 0 ? (
              <ul class="cards">
                {items.map(({ kind, user, since }) => (
                  <li key={kind + user}>
                    <span>
                      <b>{CHANNEL_TEXT[kind]}</b> <code>{user ?? 'erased'}</code>
                      <span class="dim">
                        {' '}
                        since <Ago at={since} />
                      </span>
                    </span>
                    <button type="button" class="quiet" onClick={() => setParted(kind)}>
                      Disconnect…
                    </button>
                  </li>
                ))}
              </ul>
            ) : null}
            <p class="line">
              {places.map(({ id, kind }) => (
                <a key={id} class="button" href={`/auth/chat/${id}`}>
                  Connect {CHANNEL_TEXT[kind]}
                  {id === kind ? '' : ` (${id})`}
                </a>
              ))}
            </p>
          </>
        )}
      </Loaded>
      {parted ? (
        <Ask
          title={`Disconnect ${CHANNEL_TEXT[parted]}?`}
          verb="Disconnect"
          isGrave
          onDo={async () => {
            await post('/v1/me/chats/remove', { kind: parted });
            chats.reload();
          }}
          onClose={() => setParted(undefined)}
        >
          <p>What you answered there stays. You answer nothing more there.</p>
        </Ask>
      ) : null}
    </Section>
  );
}

/** Why an account was not connected, by the code of the problem. */
const PROBLEMS: Readonly<Record<string, string>> = {
  'chat-taken': 'It is connected to somebody else. They disconnect it first.',
  'chat-foreign': 'It is a guest’s, or of another organization.',
  'sign-in-again': 'Your sign-in is too long ago.',
  'provider-unreachable': 'It does not answer. Try again in a moment.',
};

function Trouble(): VNode | null {
  const problem = place.value.query.get('problem');
  const who = me.value;
  if (problem === null || typeof who !== 'object') return null;
  return (
    <Banner tone="warn" title="The account is not connected">
      {PROBLEMS[problem] ?? 'Please begin again here.'}{' '}
      {problem === 'sign-in-again' && who.session ? (
        <a href={`/auth/login/${who.session.provider}?step_up=1&next=%2Fme`}>Sign in again</a>
      ) : null}
    </Banner>
  );
}
