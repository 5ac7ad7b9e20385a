import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { tellOf } from '../http/client.ts';
import { Section } from '../ui/parts.tsx';
import { keepTrust, trusted, trustText } from './trust.ts';

/** Whom this page believes: the trust file as it was handed over, not as this gateway would tell it. */
export function TrustField(): VNode {
  const [text, setText] = useState(trustText.value);
  const isGiven = trustText.value.trim() !== '';
  const keep = async (): Promise<void> => {
    const before = trustText.value;
    keepTrust(text);
    try {
      if (text.trim() !== '') await trusted();
      tell(text.trim() === '' ? 'Forgotten' : 'Kept in this browser', 'good');
    } catch (error) {
      keepTrust(before);
      tell(tellOf(error), 'bad');
    }
  };
  return (
    <Section title="Whom to believe">
      <details>
        <summary>
          {isGiven ? 'A trust file is given' : 'Give the trust file to check proofs'}
        </summary>
        <p class="dim">
          Paste <code>trust.txt</code> of this installation (its folder of data has it), or the
          ledger’s key alone. Take it from someone you trust, not from this page: a key that came
          with the ledger proves nothing.
        </p>
        <label class="field">
          <span class="visually-hidden">Trust file</span>
          <textarea
            rows={3}
            class="mono"
            spellcheck={false}
            placeholder="log example.com/ledger+1a2b3c4d+AY…"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="button" onClick={() => void keep()}>
          Keep
        </button>
      </details>
    </Section>
  );
}
