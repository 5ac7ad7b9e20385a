import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { tellOf } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Banner, Section } from '../ui/parts.tsx';
import { keepTrust, missingKeys, ownTrust, trusted, trustText } from './trust.ts';

/** Whom this page believes: the trust file as it was handed over, not as this gateway would tell it. */
export function TrustField(): VNode {
  const [text, setText] = useState(trustText.value);
  const isGiven = trustText.value.trim() !== '';
  const own = useResource('trust', ownTrust);
  const missing = own.value === undefined ? [] : missingKeys(trustText.value, own.value);
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
      {isGiven && missing.length > 0 ? (
        <Banner tone="bad" title="This gateway names other keys than those given here">
          {missing.join(', ')}
        </Banner>
      ) : null}
      <details>
        <summary>
          {isGiven
            ? 'The trust file that was given here'
            : 'The keys this gateway names; give the trust file to prove more'}
        </summary>
        <p class="dim">
          Paste <code>trust.txt</code> of this installation (its folder of data has it), or the
          ledger’s key alone, as someone you trust gave it to you. Keys that come with the ledger
          only show that it agrees with itself.
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
