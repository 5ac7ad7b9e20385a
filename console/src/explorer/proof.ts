import {
  createHttpSource,
  verifyRange,
  verifyReceipt,
  type VerifiedReceipt,
} from '@countersign/verify';
import { canonical } from '../exact/canonical.ts';
import { getText, Problem } from '../http/client.ts';
import type { Json } from '../wire.ts';
import type { Entry } from './bundle.ts';
import { trusted } from './trust.ts';

/** What was proven of an entry: where it stands in which signed tree. */
export type Proven = { readonly origin: string; readonly size: number; readonly root: string };

/** Proves, in this page, that an entry stands in the signed log just as it is shown. */
export async function proveEntry(entry: Entry): Promise<Proven> {
  const source = createHttpSource(`${location.origin}/ledger/`);
  const range = { from: entry.index, to: entry.index + 1 };
  const found = await verifyRange(source, await trusted(), range);
  if (!found.ok) throw new Problem(found.failure.code, 0, found.failure.message);
  const { checkpoint, entries } = found.value;
  if (canonical(entries[0] as Json) !== entry.text)
    throw new Problem('entry-mismatch', 0, 'the signed log has another entry there');
  const { origin, size, root } = checkpoint;
  return { origin, size, root: btoa(String.fromCharCode(...root)) };
}

/** Verifies a receipt with the trust file, and with the grant keys this gateway publishes where it does. */
export async function proveReceipt(text: string): Promise<VerifiedReceipt> {
  const keys = await getText('/.well-known/jwks.json').catch(() => undefined);
  const read = await verifyReceipt(text, await trusted(keys));
  if (!read.ok) throw new Problem(read.failure.code, 0, read.failure.message);
  return read.value;
}
