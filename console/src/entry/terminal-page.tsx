import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { go, place } from '../app/router.ts';
import { me, post, tellOf } from '../http/client.ts';
import { Banner, Busy } from '../ui/parts.tsx';
import { Mark } from './mark.tsx';
import { returnTo, terminalAsk, type TerminalAsk } from './terminal.ts';

/** Asks a signed-in person whether a terminal may act for them. */
export function TerminalPage(): VNode {
  const ask = terminalAsk(place.value.query);
  const who = me.value;
  return (
    <main class="alone">
      <Mark />
      {ask && typeof who === 'object' ? (
        <Consent ask={ask} name={who.name ?? who.id} />
      ) : (
        <>
          <h1>This link is not complete</h1>
          <Banner tone="warn">
            Run <code>countersign login</code> again and open the link it prints, whole.
          </Banner>
        </>
      )}
    </main>
  );
}

function Consent({ ask, name }: { readonly ask: TerminalAsk; readonly name: string }): VNode {
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const agree = async (): Promise<void> => {
    setBusy(true);
    try {
      const { code } = await post<{ code: string }>('/v1/terminals', { challenge: ask.challenge });
      location.assign(returnTo(ask, code));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <>
      <h1>Sign this terminal in as {name}?</h1>
      <p>
        Only if you ran <code>countersign login</code> yourself, a moment ago, on this machine. The
        terminal can then answer requests that need no more than a signed-in answer.
      </p>
      {error === undefined ? null : <Banner tone="bad">{tellOf(error)}.</Banner>}
      <div class="dialog-buttons">
        <button type="button" onClick={() => go('/')}>
          No
        </button>
        <button type="button" class="primary" disabled={isBusy} onClick={() => void agree()}>
          <Busy isBusy={isBusy} label="Sign it in" />
        </button>
      </div>
    </>
  );
}
