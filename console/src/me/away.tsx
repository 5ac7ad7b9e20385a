import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { absolute } from '../format/time.ts';
import { get, post, tellOf } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { nameIn } from '../review/names.ts';
import { Ask } from '../ui/ask.tsx';
import { Loaded, Section } from '../ui/parts.tsx';
import type { DelegationItem, DelegationList } from '../wire.ts';

/** Who answers for this person while they are away, and for whom they answer. */
export function Away(): VNode {
  const list = useResource('away', () => get<DelegationList>('/v1/me/delegations'));
  const [isAsked, setAsked] = useState(false);
  const end = async ({ id }: DelegationItem): Promise<void> => {
    try {
      await post(`/v1/delegations/${id}/end`, {});
    } catch (error) {
      tell(tellOf(error), 'bad');
    }
    list.reload();
  };
  return (
    <Section
      title="While somebody is away"
      aside={
        <button type="button" class="quiet" onClick={() => setAsked(true)}>
          I am away…
        </button>
      }
    >
      <Loaded of={list} what="who is away">
        {({ items, names }) => <Open items={items.filter(isOpen)} names={names} onEnd={end} />}
      </Loaded>
      {isAsked ? <Leave onDone={list.reload} onClose={() => setAsked(false)} /> : null}
    </Section>
  );
}

const isOpen = ({ state }: DelegationItem): boolean => state !== 'ended';

const Open = ({
  items,
  names,
  onEnd,
}: DelegationList & { readonly onEnd: (one: DelegationItem) => Promise<void> }): VNode =>
  items.length === 0 ? (
    <p class="dim">You answer for yourself, and for nobody else.</p>
  ) : (
    <ul class="cards">
      {items.map((one) => (
        <li key={one.id}>
          <span>
            <b>{nameIn({ names }, one.to)}</b> answers for <b>{nameIn({ names }, one.from)}</b>
            <span class="dim">
              {one.groups ? ` as ${one.groups.join(', ')}` : ''}
              {one.state === 'planned' ? ` from ${timeOf(one.begins)}` : ''} until{' '}
              {timeOf(one.ends)}
            </span>
          </span>
          <button type="button" class="quiet" onClick={() => void onEnd(one)}>
            End
          </button>
        </li>
      ))}
    </ul>
  );

const timeOf = (at: string): string => absolute(Date.parse(at));

const FIELDS = {
  to: 'Who answers for you (id)',
  begins: 'From (now, if empty)',
  ends: 'Until',
} as const;
type Field = keyof typeof FIELDS;

function Leave(does: { readonly onDone: () => void; readonly onClose: () => void }): VNode {
  const [said, setSaid] = useState<Readonly<Partial<Record<Field, string>>>>({});
  const { to = '', begins = '', ends = '' } = said;
  const bind = (name: Field) => ({
    value: said[name] ?? '',
    onInput: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) =>
      setSaid({ ...said, [name]: value }),
  });
  return (
    <Ask
      title="I am away"
      verb="Let them answer"
      onDo={async () => {
        if (to.trim() === '' || ends === '') throw new TypeError('say who, and until when');
        await post('/v1/me/delegations', {
          to: to.trim(),
          ends: new Date(ends).toISOString(),
          ...(begins !== '' && { begins: new Date(begins).toISOString() }),
        });
        does.onDone();
      }}
      onClose={does.onClose}
    >
      <p>
        They answer what your groups are asked, as themselves. You still can; then your word counts.
      </p>
      {(Object.keys(FIELDS) as Field[]).map((name) => (
        <label class="field" key={name}>
          {FIELDS[name]}
          {name === 'to' ? (
            <input {...bind(name)} />
          ) : (
            <input type="datetime-local" {...bind(name)} />
          )}
        </label>
      ))}
    </Ask>
  );
}
