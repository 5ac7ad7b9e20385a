import { signal, type Signal } from '@preact/signals';
import { readTrust, type Trust } from '@countersign/verify';
import { getText, Problem } from '../http/client.ts';

const KEY = 'countersign-trust';

/** The trust file a person gave: public keys, so it may be kept in the browser. */
export const trustText: Signal<string> = signal(localStorage.getItem(KEY) ?? '');

/** Keeps a trust file, or forgets it. */
export function keepTrust(text: string): void {
  trustText.value = text;
  if (text.trim() === '') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, text);
}

/** A bare key of the ledger is a trust file with one line missing. */
const wholeTrust = (text: string): string =>
  /^\s*(?:log|witness|group|quorum|#)/.test(text) ? text : `log ${text.trim()}\nquorum none\n`;

/** The keys this gateway says are its own: enough to see that the ledger agrees with itself, and for no more. */
export const ownTrust = (): Promise<string> => getText('/ledger/trust');

const logs = (text: string): readonly string[] =>
  wholeTrust(text)
    .split('\n')
    .filter((line) => line.startsWith('log '));

/** Keys of the log that were given here and that the gateway does not name any more. */
export function missingKeys(given: string, own: string): readonly string[] {
  const known = new Set(logs(own).map((line) => line.split(/\s+/)[1]));
  return logs(given).filter((line) => !known.has(line.split(/\s+/)[1]));
}

/** Whom to believe: what was pasted, else what the gateway says of itself. */
export async function trusted(grantKeys?: string): Promise<Trust> {
  const given = trustText.value.trim() === '' ? await ownTrust() : trustText.value;
  const read = await readTrust(wholeTrust(given), grantKeys === undefined ? {} : { grantKeys });
  if (!read.ok) throw new Problem(read.failure.code, 0, read.failure.message);
  return read.value;
}
