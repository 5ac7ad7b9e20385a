import { createHash } from 'node:crypto';
import { createStreamMasker, type Found } from '@countersign/core';

/** What is kept of a command's output, masked: the first 64 KB, and a digest of all of it. */
export type Recording = {
  readonly stdout: Stream;
  readonly stderr: Stream;
};

export type Stream = {
  /** Masked, at most 64 KB. */
  readonly text: string;
  /** Masked bytes that came in all. */
  readonly bytes: number;
  /** SHA-256 of all masked bytes, lower-case hex. */
  readonly sha256: string;
  readonly found: readonly Found[];
};

/** Takes output as it comes, gives it on masked, and keeps the recording. */
export type Recorder = {
  readonly take: (chunk: Buffer) => void;
  readonly close: () => Stream;
};

const KEPT = 64 * 1024;

/** Makes the recorder of one stream. Bytes that are no text pass unharmed. */
export function createRecorder(
  options: { readonly key: Uint8Array; readonly known: readonly string[] },
  show: (masked: Buffer) => void,
): Recorder {
  const masker = createStreamMasker({ ...options, bytes: true });
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let bytes = 0;
  const give = (text: string): void => {
    if (text === '') return;
    const masked = Buffer.from(text, 'latin1');
    hash.update(masked);
    if (bytes < KEPT) kept.push(masked.subarray(0, KEPT - bytes));
    bytes += masked.length;
    show(masked);
  };
  return {
    take: (chunk) => give(masker.write(chunk.toString('latin1'))),
    close: () => {
      give(masker.end());
      const text = new TextDecoder().decode(Buffer.concat(kept)).toWellFormed();
      return { text, bytes, sha256: hash.digest('hex'), found: masker.found() };
    },
  };
}
