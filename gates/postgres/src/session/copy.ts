import { createHash, type Hash } from 'node:crypto';

/** What a client sent of a COPY: its rows come after the decision, so the outcome says what they were. */
export type Copied = { bytes: number; readonly hash: Hash };

export const startCopied = (): Copied => ({ bytes: 0, hash: createHash('sha256') });

/** Counts one CopyData message; head and length are not part of what is copied. */
export function countCopied(copied: Copied, bytes: Buffer, start: number, end: number): void {
  copied.bytes += end - start - 5;
  copied.hash.update(bytes.subarray(start + 5, end));
}

/** As the outcome says it. */
export const copiedAs = ({ bytes, hash }: Copied): string =>
  `${bytes} bytes, sha256:${hash.digest('hex')}`;
