import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tellOf } from '../http/client.ts';
import { Exact } from '../ui/exact.tsx';
import { Ago, Banner, Busy, Icon } from '../ui/parts.tsx';
import type { Entry } from './bundle.ts';
import { proveEntry, type Proven } from './proof.ts';
import { trustText } from './trust.ts';

/** One entry; opened, its very text and a proof of where it stands. */
export function EntryRow({
  entry,
  isOver,
}: {
  readonly entry: Entry;
  readonly isOver: boolean;
}): VNode {
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
      {isOpen ? <Opened entry={entry} isOver={isOver} /> : null}
    </li>
  );
}

const isGiven = (): boolean => trustText.value.trim() !== '';

const Opened = ({ entry, isOver }: { readonly entry: Entry; readonly isOver: boolean }): VNode => (
  <div class="opened">
    <pre class="raw">
      <Exact text={textOf(entry, isOver)} />
    </pre>
    <Prove entry={entry} />
  </div>
);

/** An entry to be read: whole, but whether it is a drill only once that is over. */
function textOf({ text }: Entry, isOver: boolean): string {
  const { drill, ...rest } = JSON.parse(text) as { readonly drill?: unknown };
  return JSON.stringify(isOver && drill !== undefined ? { ...rest, drill } : rest, undefined, 2);
}

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
