import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { KeyList } from '../app/shell.tsx';
import { tell } from '../app/tell.ts';
import { nextTheme, theme } from '../app/theme.ts';
import { ASSURANCE_TEXT } from '../format/words.ts';
import { get, me, post, tellOf } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Ago, Icon, Loaded, PageHead, Remaining, Section } from '../ui/parts.tsx';
import type { Me, SessionList } from '../wire.ts';
import { Away } from './away.tsx';
import { Chats } from './chats.tsx';
import { Passkeys } from './passkeys.tsx';
import { pushState, turnPushOff, turnPushOn } from './push.ts';

/** The person who looks: who they are here, their sessions, passkeys, and what the console does for them. */
export function MePage(): VNode | null {
  const who = me.value;
  if (typeof who !== 'object') return null;
  return (
    <main class="page">
      <PageHead title={who.name ?? who.id}>
        <button type="button" onClick={() => (theme.value = nextTheme(theme.value))}>
          <Icon name="theme" /> Theme: {theme.value}
        </button>
        <SignOut />
      </PageHead>
      <Who who={who} />
      <Passkeys />
      <Away />
      <Chats />
      <Sessions />
      <Push />
      <Section title="Keys">
        <KeyList />
      </Section>
    </main>
  );
}

const Who = ({ who }: { readonly who: Me }): VNode => (
  <Section title="Who you are here">
    <dl class="facts">
      <div>
        <dt>Account</dt>
        <dd>
          <code>{who.id}</code>
          {who.session ? ` by ${who.session.provider}` : ''}
        </dd>
      </div>
      <div>
        <dt>Groups</dt>
        <dd>{who.groups?.join(', ') || 'none'}</dd>
      </div>
      {who.roles && who.roles.length > 0 ? (
        <div>
          <dt>Roles</dt>
          <dd>{who.roles.join(', ')}</dd>
        </div>
      ) : null}
      {who.session ? (
        <div>
          <dt>Signed in</dt>
          <dd>
            {who.session.authTime === undefined ? null : (
              <>
                <Ago at={who.session.authTime} />;{' '}
              </>
            )}
            counts as {ASSURANCE_TEXT[who.session.assurance]};{' '}
            <Remaining until={who.session.expiresAt} />
          </dd>
        </div>
      ) : null}
      <div>
        <dt>You can reach</dt>
        <dd>{ASSURANCE_TEXT[who.reach ?? who.session?.assurance ?? 'chat']}</dd>
      </div>
    </dl>
  </Section>
);

async function signOut(path: string): Promise<void> {
  try {
    const { url } = await post<{ url?: string }>(path, {});
    location.assign(url ?? '/sign-in');
  } catch (error) {
    tell(tellOf(error), 'bad');
  }
}

const SignOut = (): VNode => (
  <button type="button" onClick={() => void signOut('/auth/logout')}>
    Sign out
  </button>
);

function Sessions(): VNode {
  const sessions = useResource('sessions', () => get<SessionList>('/v1/me/sessions'));
  const [isAsked, setAsked] = useState(false);
  return (
    <Section
      title="Sessions"
      aside={
        <button type="button" class="quiet" onClick={() => setAsked(true)}>
          Sign out everywhere…
        </button>
      }
    >
      <Loaded of={sessions} what="sessions">
        {({ items }) => (
          <ul class="cards">
            {items.map((one) => (
              <li key={one.id}>
                <span>
                  <b>{one.kind === 'terminal' ? 'Terminal' : 'Browser'}</b>
                  {one.isThis ? ' (this one)' : ''}
                  <span class="dim">
                    {' '}
                    by {one.provider}, since <Ago at={one.openedAt} />
                  </span>
                </span>
                <Remaining until={one.expiresAt} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {isAsked ? (
        <Ask
          title="Sign out everywhere?"
          verb="Sign out everywhere"
          isGrave
          onDo={() => signOut('/v1/me/sign-out')}
          onClose={() => setAsked(false)}
        >
          <p>Every browser and terminal of yours is signed out at once, this one too.</p>
        </Ask>
      ) : null}
    </Section>
  );
}

function Push(): VNode {
  const [state, setState] = useState<PushSubscription | 'off' | undefined>();
  const look = (): void => {
    pushState().then(setState, () => setState(undefined));
  };
  useEffect(look, []);
  const change = async (): Promise<void> => {
    try {
      if (state === undefined || state === 'off') await turnPushOn();
      else await turnPushOff(state);
    } catch (error) {
      tell(tellOf(error), 'bad');
    }
    look();
  };
  return (
    <Section title="Notifications">
      {state === undefined ? (
        <p class="dim">This browser cannot be told of new requests here.</p>
      ) : (
        <p class="line">
          <span>
            {state === 'off'
              ? 'Off. When on, this device is told that a request waits; never what it says.'
              : 'On for this device. It is told that a request waits; never what it says.'}
          </span>
          <button type="button" onClick={() => void change()}>
            {state === 'off' ? 'Turn on' : 'Turn off'}
          </button>
        </p>
      )}
    </Section>
  );
}
