import { signal, type Signal } from '@preact/signals';
import { readTrust, type Trust } from '@countersign/verify';
import { Problem } from '../http/client.ts';

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
export const wholeTrust = (text: string): string =>
  /^\s*(?:log|witness|group|quorum|#)/.test(text) ? text : `log ${text.trim()}\nquorum none\n`;

/** Whom to believe, from what was pasted. */
export async function trusted(grantKeys?: string): Promise<Trust> {
  const read = await readTrust(
    wholeTrust(trustText.value),
    grantKeys === undefined ? {} : { grantKeys },
  );
  if (!read.ok) throw new Problem(read.failure.code, 0, read.failure.message);
  return read.value;
}
