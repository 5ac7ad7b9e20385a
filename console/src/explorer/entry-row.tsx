import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tellOf } from '../http/client.ts';
import { Exact } from '../ui/exact.tsx';
import { Ago, Banner, Busy, Icon } from '../ui/parts.tsx';
import type { Entry } from './bundle.ts';
import { proveEntry, type Proven } from './proof.ts';
import { trustText } from './trust.ts';

/** One entry; opened, its very text and a proof of where it stands. */
export function EntryRow({ entry }: { readonly entry: Entry }): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <button type="button" class="entry" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="dim mono">{entry.index}</span>
        <b class="mono">{entry.type}</b>
        <span class="dim mono stream">
          <Exact text={entry.stream} /> {entry.n}
        </span>
        <span class="dim">
          <Ago at={entry.at} />
        </span>
      </button>
      {isOpen ? <Opened entry={entry} /> : null}
    </li>
  );
}

const isGiven = (): boolean => trustText.value.trim() !== '';

const Opened = ({ entry }: { readonly entry: Entry }): VNode => (
  <div class="opened">
    <pre class="raw">
      <Exact text={JSON.stringify(JSON.parse(entry.text), undefined, 2)} />
    </pre>
    <Prove entry={entry} />
  </div>
);

function Prove({ entry }: { readonly entry: Entry }): VNode {
  const [proven, setProven] = useState<Proven>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const prove = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      setProven(await proveEntry(entry));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {proven ? (
        <Banner tone="good" title="Proven in this page">
          Entry {entry.index} stands, as shown, in the tree of {proven.size.toLocaleString('en')}{' '}
          that <code>{proven.origin}</code> signed
          {isGiven() ? '' : ', by the keys this gateway names'}. Root{' '}
          <code class="wrap">{proven.root}</code>.
        </Banner>
      ) : null}
      {error === undefined ? null : (
        <Banner tone="bad" title="Not proven">
          {tellOf(error)}.
        </Banner>
      )}
      <button type="button" disabled={isBusy} onClick={() => void prove()}>
        <Icon name="shield" /> <Busy isBusy={isBusy} label="Prove it" />
      </button>
    </>
  );
}
