import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ASSURANCE_TEXT, count } from '../format/words.ts';
import { get, me } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Empty, Loaded, PageHead, StateChip } from '../ui/parts.tsx';
import type { PersonItem, PersonList } from '../wire.ts';
import { LinkPerson } from './link-person.tsx';
import { Manage, type Asked } from './manage-person.tsx';
import { WaitingPasskeys } from './waiting-passkeys.tsx';

const PAUSE_MS = 250;

/** Accounts of people: groups and who says so, what they can prove, and what administrators do with them. */
export function PeoplePage(): VNode {
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const who = me.value;
  if (typeof who !== 'object' || who.roles?.includes('administrator') !== true)
    return (
      <main class="page">
        <PageHead title="People">
          <a href="/report">Report</a>
          <a href="/channels">Channels</a>
        </PageHead>
        <Empty title="For administrators">
          Who may answer a request, and who may not, stands on the request itself.
        </Empty>
      </main>
    );
  return (
    <main class="page">
      <PageHead title="People">
        <a href="/report">Are approvals considered?</a>
        <a href="/channels">Channels</a>
        <label>
          <span class="visually-hidden">Find a person</span>
          <input
            type="search"
            placeholder="name or id begins with"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      </PageHead>
      <Accounts wanted={wanted} />
    </main>
  );
}

function Accounts({ wanted }: { readonly wanted: string }): VNode {
  const query = new URLSearchParams({ limit: '100', ...(wanted === '' ? {} : { q: wanted }) });
  const people = useResource(`people ${wanted}`, () => get<PersonList>(`/v1/people?${query}`));
  const [asked, setAsked] = useState<Asked>();
  return (
    <>
      <WaitingPasskeys people={people} />
      <Loaded of={people} what="people">
        {({ items, next }) => (
          <>
            <People items={items} onAsk={setAsked} />
            {next === undefined ? null : (
              <p class="dim">These are the first {items.length}. Search to see others.</p>
            )}
          </>
        )}
      </Loaded>
      {asked?.verb === 'link' ? (
        <LinkPerson person={asked.of} onDone={people.reload} onClose={() => setAsked(undefined)} />
      ) : asked ? (
        <Manage asked={asked} onDone={people.reload} onClose={() => setAsked(undefined)} />
      ) : null}
    </>
  );
}

function People({
  items,
  onAsk,
}: {
  readonly items: readonly PersonItem[];
  readonly onAsk: (asked: Asked) => void;
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
          <Tools person={person} onAsk={onAsk} />
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
