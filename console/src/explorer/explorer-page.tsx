import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tellOf } from '../http/client.ts';
import { Banner, Empty, PageHead, Section, Waiting } from '../ui/parts.tsx';
import type { Entry } from './bundle.ts';
import { EntryRow } from './entry-row.tsx';
import { ReceiptCheck } from './receipt-check.tsx';
import { TrustField } from './trust-field.tsx';
import { useLedger } from './use-ledger.ts';

type Filter = { readonly type: string; readonly stream: string };

/** The ledger, newest entry first, each provable in this page; and receipts, checked without any server. */
export function ExplorerPage(): VNode {
  const [filter, setFilter] = useState<Filter>({ type: '', stream: '' });
  const { size, entries, error, isLoading, older } = useLedger();
  const shown = entries.filter((entry) => fits(entry, filter));
  const over = new Set(entries.filter(({ type }) => ENDS.test(type)).map(({ stream }) => stream));
  return (
    <main class="page">
      <PageHead title="Ledger">
        {size === undefined ? null : <span class="dim">{size.toLocaleString('en')} entries</span>}
      </PageHead>
      <TrustField />
      <ReceiptCheck />
      <Section
        title="Entries"
        aside={<Filters filter={filter} types={typesOf(entries)} onFilter={setFilter} />}
      >
        {error === undefined ? null : (
          <Banner tone="bad" title="The ledger cannot be read">
            {tellOf(error)}.
          </Banner>
        )}
        {shown.length === 0 && !isLoading ? (
          <Empty title="No entry here">Of {entries.length} that were read, none fits.</Empty>
        ) : null}
        <ol class="entries">
          {shown.map((entry) => (
            <EntryRow key={entry.index} entry={entry} isOver={over.has(entry.stream)} />
          ))}
        </ol>
        {isLoading && error === undefined ? <Waiting what="entries" /> : null}
        {older === undefined || isLoading ? null : (
          <button type="button" onClick={older}>
            Older entries
          </button>
        )}
      </Section>
    </main>
  );
}

// of a drill that waits, this page tells no more than others do
const ENDS = /^approval\.(?:drill-ended|cancelled|unsatisfiable)$/;

const fits = ({ type, stream }: Entry, wanted: Filter): boolean =>
  (wanted.type === '' || type === wanted.type) && stream.includes(wanted.stream.trim());

const typesOf = (entries: readonly Entry[]): readonly string[] =>
  [...new Set(entries.map(({ type }) => type))].toSorted();

const Filters = ({
  filter,
  types,
  onFilter,
}: {
  readonly filter: Filter;
  readonly types: readonly string[];
  readonly onFilter: (filter: Filter) => void;
}): VNode => (
  <div class="filters">
    <label>
      <span class="visually-hidden">Type</span>
      <select
        value={filter.type}
        onChange={(event) => onFilter({ ...filter, type: event.currentTarget.value })}
      >
        <option value="">every type</option>
        {types.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </select>
    </label>
    <label>
      <span class="visually-hidden">Stream</span>
      <input
        type="search"
        placeholder="stream, e.g. act_…"
        value={filter.stream}
        onInput={(event) => onFilter({ ...filter, stream: event.currentTarget.value })}
      />
    </label>
  </div>
);
