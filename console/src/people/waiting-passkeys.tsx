import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { get, post } from '../http/client.ts';
import { useResource, type Resource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Ago, Section } from '../ui/parts.tsx';
import type { PersonList, WaitingPasskeys as Waiting } from '../wire.ts';

/** Passkeys that do not count until another administrator vouches that they are that person's. */
export function WaitingPasskeys({
  people,
}: {
  readonly people: Resource<PersonList>;
}): VNode | null {
  const waiting = useResource('waiting-passkeys', () => get<Waiting>('/v1/passkeys/waiting'));
  const [asked, setAsked] = useState<Waiting['items'][number]>();
  if (!waiting.value || waiting.value.items.length === 0) return null;
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
