import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../http/client.ts';
import { Ask } from '../ui/ask.tsx';
import type { PersonItem } from '../wire.ts';

/** Says that two accounts are one human, so that both fall under every exclusion and count once. */
export function LinkPerson({
  person,
  onDone,
  onClose,
}: {
  readonly person: PersonItem;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const [to, setTo] = useState('');
  return (
    <Ask
      title={`Link ${person.name} with another account`}
      verb="Link"
      onDo={async () => {
        if (to.trim() === '') throw new TypeError('name the other account');
        await post(`/v1/people/${person.id}/link`, { to: to.trim() });
        onDone();
      }}
      onClose={onClose}
    >
      <p>Both are then one human: excluded together, counted once.</p>
      <label class="field">
        Id of the other account
        <input
          required
          class="mono"
          value={to}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
    </Ask>
  );
}
