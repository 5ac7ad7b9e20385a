import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ASSURANCE_TEXT, count } from '../format/words.ts';
import { get, me, post, Problem } from '../http/client.ts';
import { useResource, type Resource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Ago, Empty, Loaded, PageHead, Section, StateChip } from '../ui/parts.tsx';
import type { PersonItem, PersonList, WaitingPasskey } from '../wire.ts';
import { everyPerson } from './every-person.ts';
import { LinkPerson } from './link-person.tsx';

type Asked = {
  readonly verb: 'deactivate' | 'activate' | 'sign-out' | 'link';
  readonly of: PersonItem;
};

/** Everyone who may answer: groups, where they come from, what they can prove. */
export function PeoplePage(): VNode {
  const people = useResource('people', everyPerson);
  const [text, setText] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const who = me.value;
  const isAdministrator = typeof who === 'object' && who.roles?.includes('administrator') === true;
  return (
    <main class="page">
      <PageHead title="People">
        <label>
          <span class="visually-hidden">Find a person</span>
          <input
            type="search"
            placeholder="find by name or group"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      </PageHead>
      {isAdministrator ? <Waiting people={people} /> : null}
      <Loaded of={people} what="people">
        {({ items }) => (
          <People items={found(items, text)} {...(isAdministrator ? { onAsk: setAsked } : {})} />
        )}
      </Loaded>
      {asked?.verb === 'link' ? (
        <LinkPerson person={asked.of} onDone={people.reload} onClose={() => setAsked(undefined)} />
      ) : asked ? (
        <Manage asked={asked} onDone={people.reload} onClose={() => setAsked(undefined)} />
      ) : null}
    </main>
  );
}

function found(items: readonly PersonItem[], text: string): readonly PersonItem[] {
  const wanted = text.trim().toLowerCase();
  return items.filter(({ id, name, groups }) =>
    [id, name, ...groups].some((part) => part.toLowerCase().includes(wanted)),
  );
}

function People({
  items,
  onAsk,
}: {
  readonly items: readonly PersonItem[];
  readonly onAsk?: (asked: Asked) => void;
}): VNode {
  if (items.length === 0) return <Empty title="Nobody fits">Clear the search to see all.</Empty>;
  return (
    <ul class="cards wide">
      {items.map((person) => (
        <li key={person.id}>
          <span>
            <b>{person.name}</b> {person.active ? null : <StateChip state="inactive" />}
            <span class="dim">
              {' '}
              {person.groups.join(', ') || 'no groups'}
              {person.groupsFrom === undefined ? '' : ` (by ${person.groupsFrom})`}
            </span>
            <br />
            <span class="dim">
              <code>{person.id}</code>
              {person.human === person.id ? '' : ` same human as ${person.human}`}
              {person.provider === undefined ? '' : `, by ${person.provider}`}, reaches{' '}
              {ASSURANCE_TEXT[person.reach]}
              {person.passkeys === 0 ? '' : `, ${count(person.passkeys, 'passkey')}`}
              {person.outBy === undefined ? '' : `, taken out by ${person.outBy}`}
            </span>
          </span>
          {onAsk ? <Tools person={person} onAsk={onAsk} /> : null}
        </li>
      ))}
    </ul>
  );
}

const Tools = ({
  person,
  onAsk,
}: {
  readonly person: PersonItem;
  readonly onAsk: (asked: Asked) => void;
}): VNode => (
  <span class="tools">
    <button type="button" class="quiet" onClick={() => onAsk({ verb: 'sign-out', of: person })}>
      Sign out…
    </button>
    <button type="button" class="quiet" onClick={() => onAsk({ verb: 'link', of: person })}>
      Link…
    </button>
    <button
      type="button"
      class="quiet"
      onClick={() => onAsk({ verb: person.active ? 'deactivate' : 'activate', of: person })}
    >
      {person.active ? 'Deactivate…' : 'Activate…'}
    </button>
  </span>
);

const TEXTS = {
  deactivate:
    'They are signed out at once, and no longer count in any request that waits, even if they answered.',
  activate: 'They can sign in again and count as their groups say.',
  'sign-out': 'Every browser and terminal of theirs is signed out at once.',
} as const;
const VERBS = { deactivate: 'Deactivate', activate: 'Activate', 'sign-out': 'Sign out' } as const;

function Manage({
  asked: { verb, of },
  onDone,
  onClose,
}: {
  readonly asked: Asked;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode | null {
  if (verb === 'link') return null;
  const isReasoned = verb !== 'sign-out';
  return (
    <Ask
      title={`${VERBS[verb]} ${of.name}?`}
      verb={VERBS[verb]}
      isGrave={verb !== 'activate'}
      {...(isReasoned ? { reason: 'required' as const } : {})}
      onDo={async (reason) => {
        await post(`/v1/people/${of.id}/${verb}`, isReasoned ? { reason } : {});
        onDone();
      }}
      onClose={onClose}
    >
      <p>{TEXTS[verb]}</p>
    </Ask>
  );
}

/** Passkeys that do not count until another administrator vouches that they are that person's. */
function Waiting({ people }: { readonly people: Resource<PersonList> }): VNode | null {
  const waiting = useResource('waiting-passkeys', () =>
    get<{ items: readonly WaitingPasskey[] }>('/v1/passkeys/waiting'),
  );
  const [asked, setAsked] = useState<WaitingPasskey>();
  if (waiting.error instanceof Problem || !waiting.value || waiting.value.items.length === 0)
    return null;
  const nameOf = (id: string): string =>
    people.value?.items.find((person) => person.id === id)?.name ?? id;
  return (
    <Section title="Passkeys that wait for a second person">
      <ul class="cards">
        {waiting.value.items.map((one) => (
          <li key={one.credential}>
            <span>
              <b>{nameOf(one.person)}</b>{' '}
              <span class="dim">
                since <Ago at={one.since} />
              </span>
            </span>
            <button type="button" onClick={() => setAsked(one)}>
              Endorse…
            </button>
          </li>
        ))}
      </ul>
      {asked ? (
        <Ask
          title={`Endorse the passkey of ${nameOf(asked.person)}?`}
          verb="Endorse"
          onDo={async () => {
            await post(`/v1/passkeys/${asked.credential}/endorse`, {});
            waiting.reload();
            people.reload();
          }}
          onClose={() => setAsked(undefined)}
        >
          <p>
            Only after you spoke with them, by a way you trust: an agent in their browser could have
            added a passkey of its own.
          </p>
        </Ask>
      ) : null}
    </Section>
  );
}
