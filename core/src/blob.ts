import { encrypt, utf8 } from './crypto.ts';

/**
 * What is kept beside a stream: bytes as they are, or text that the store seals where it writes, which for the embedded one is
 * not the thread that everybody waits for.
 */
export type Blob = Uint8Array | Unsealed;

/** Text with what seals it. It never leaves the process but sealed (R9). */
export type Unsealed = {
  readonly text: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Authenticated with it, and not kept: which part of which stream it is. */
  readonly bound: string;
};

/** Blobs by name within a stream. */
export type Blobs = Readonly<Record<string, Blob>>;

/** Whether it is to be sealed yet. */
export const isUnsealed = (blob: Blob): blob is Unsealed => !(blob instanceof Uint8Array);

/** The bytes that are kept. */
export const sealBlob = (blob: Blob): Uint8Array =>
  isUnsealed(blob) ? encrypt(blob.key, utf8(blob.text), blob.bound) : blob;

/** Bytes it takes on its way to the writer; one that is not sealed takes its key along. */
export const sizeOfBlob = (blob: Blob): number =>
  isUnsealed(blob) ? blob.key.length + Buffer.byteLength(blob.text) : blob.length;
