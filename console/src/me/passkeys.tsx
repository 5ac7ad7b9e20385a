import {
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/browser';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { ASSURANCE_TEXT } from '../format/words.ts';
import { get, post, tellOf } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Ago, Banner, Busy, Empty, Loaded, Section, StateChip } from '../ui/parts.tsx';
import { SignInAgain } from '../ui/sign-in-again.tsx';
import type { PasskeyItem, PasskeyList } from '../wire.ts';
import { endorsementOf, type Needs } from './endorse.ts';

type Options = {
  readonly options: PublicKeyCredentialCreationOptionsJSON;
  readonly ticket: string;
  readonly needs: Needs;
};

type Registered = { readonly state: PasskeyItem['state'] };

/** This person's passkeys: what each is good for, since when, and how to add or remove one. */
export function Passkeys(): VNode {
  const keys = useResource('passkeys', () => get<PasskeyList>('/v1/me/passkeys'));
  const [removed, setRemoved] = useState<PasskeyItem>();
  return (
    <Section title="Passkeys">
      <Loaded of={keys} what="passkeys">
        {({ items }) => (
          <>
            {items.length === 0 ? (
              <Empty title="No passkey yet">
                A passkey signs exactly what you approve, so that anyone can check it years later.
              </Empty>
            ) : (
              <ul class="cards">
                {items.map((key) => (
                  <li key={key.id}>
                    <span>
                      <b>{key.label}</b> <StateChip state={key.state} />
                      <span class="dim">
                        {' '}
                        {ASSURANCE_TEXT[key.level]}, {key.isBackedUp ? 'synced' : 'on one device'},
                        added <Ago at={key.createdAt} />
                        {key.lastUsedAt === undefined ? null : (
                          <>
                            , used <Ago at={key.lastUsedAt} />
                          </>
                        )}
                      </span>
                    </span>
                    <button type="button" class="quiet" onClick={() => setRemoved(key)}>
                      Remove…
                    </button>
                  </li>
                ))}
              </ul>
            )}
            <Enrol onDone={keys.reload} />
          </>
        )}
      </Loaded>
      {removed ? (
        <Ask
          title={`Remove “${removed.label}”?`}
          verb="Remove"
          isGrave
          onDo={async () => {
            await post(`/v1/me/passkeys/${removed.id}/remove`, {});
            keys.reload();
          }}
          onClose={() => setRemoved(undefined)}
        >
          <p>What it signed stays valid. It signs nothing more.</p>
        </Ask>
      ) : null}
    </Section>
  );
}

function Enrol({ onDone }: { readonly onDone: () => void }): VNode {
  const [label, setLabel] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const enrol = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const asked = await post<Options>('/v1/me/passkeys/options', {});
      const response = await startRegistration({ optionsJSON: asked.options });
      const made = { ticket: asked.ticket, response };
      const endorsement = await endorsementOf(asked.needs, made);
      const { state } = await post<Registered>('/v1/me/passkeys', {
        ...made,
        label: label.trim(),
        ...endorsement,
      });
      tell(
        state === 'waiting'
          ? 'Added; an administrator must endorse it before it counts'
          : 'The passkey is yours',
        'good',
      );
      setLabel('');
      onDone();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="line"
      onSubmit={(event) => {
        event.preventDefault();
        void enrol();
      }}
    >
      <label class="field">
        Name of the new passkey
        <input
          required
          maxLength={64}
          placeholder="YubiKey, phone, laptop…"
          value={label}
          onInput={(event) => setLabel(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={isBusy || label.trim() === ''}>
        <Busy isBusy={isBusy} label="Add a passkey" />
      </button>
      {error === undefined ? null : (
        <Banner tone="bad">
          {tellOf(error)}. <SignInAgain error={error} />
        </Banner>
      )}
    </form>
  );
}
