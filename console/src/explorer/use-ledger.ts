import { useEffect, useState } from 'preact/hooks';
import { getText, Problem } from '../http/client.ts';
import { bundleBefore, bundlePath, entriesOf, sizeOf, type Entry } from './bundle.ts';

/** The newest part of the ledger that was read so far. */
export type Ledger = {
  readonly size: number | undefined;
  /** Newest first. */
  readonly entries: readonly Entry[];
  readonly error: unknown;
  readonly isLoading: boolean;
  /** Reads one more bundle of older entries; undefined at the beginning of the log. */
  readonly older: (() => void) | undefined;
};

async function readBundle(end: number): Promise<readonly Entry[]> {
  const { index, width } = bundleBefore(end);
  const answer = await fetch(`/ledger/${bundlePath(index, width)}`, { redirect: 'error' });
  if (!answer.ok) throw new Problem('bundle-missing', answer.status, 'these entries are missing');
  return entriesOf(new Uint8Array(await answer.arrayBuffer()), index * 256).toReversed();
}

/** Reads the ledger from its end, bundle by bundle. */
export function useLedger(): Ledger {
  const [size, setSize] = useState<number>();
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [error, setError] = useState<unknown>();
  const [isLoading, setLoading] = useState(true);
  const take = async (end: number): Promise<void> => {
    setLoading(true);
    try {
      const read = end === 0 ? [] : await readBundle(end);
      setEntries((before) => [...before, ...read]);
    } finally {
      setLoading(false);
    }
  };
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const whole = sizeOf(await getText('/ledger/checkpoint'));
      setSize(whole);
      await take(whole);
    };
    begin().catch(setError);
  }, []);
  const first = entries.at(-1)?.index ?? 0;
  return {
    size,
    entries,
    error,
    isLoading,
    older: first > 0 ? () => void take(first).catch(setError) : undefined,
  };
}
