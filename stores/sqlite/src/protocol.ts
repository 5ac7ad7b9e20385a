import type { AppendRefusal, Claim, Quota, Standing } from '@countersign/core';
import type { FailureData } from './failure.ts';

/** A unit without its bytes: they stand in the batch's buffer, in order. */
export type UnitMeta = {
  readonly stream: string;
  readonly expectedVersion: number;
  /** Bytes of each entry; in the buffer a zero byte precedes each, so that it is the leaf's hash input as it is. */
  readonly lengths: readonly number[];
  readonly standing?: Standing;
  readonly claims?: readonly Claim[];
  readonly releases?: readonly string[];
  readonly quotas?: readonly Quota[];
  /**
   * Name and length of each blob; their bytes follow the entries. One that is to be sealed says what is bound to it, and begins
   * with its key.
   */
  readonly blobs?: readonly (readonly [name: string, length: number, bound?: string])[];
};

/** What the main thread asks of the writer. */
export type Request =
  | {
      readonly type: 'batch';
      /** JSON of `UnitMeta[]`: cheaper to post than the objects. */
      readonly units: string;
      readonly buffer: ArrayBuffer;
      readonly now: number;
    }
  | { readonly type: 'erase'; readonly stream: string }
  | { readonly type: 'close' };

/** What became of a unit: written, found as written before, or refused. */
export type UnitReply = { readonly firstSeq: number } | { readonly refusal: AppendRefusal };

/** A committed head as it crosses threads; the root as 32 one-byte characters. */
export type HeadData = { readonly size: number; readonly root: string; readonly at: number };

/** What the writer answers; after `failed` it never writes again. */
export type Reply =
  | { readonly type: 'ready'; readonly head: HeadData }
  | { readonly type: 'batch'; readonly units: readonly UnitReply[]; readonly head: HeadData }
  | { readonly type: 'erased' }
  | { readonly type: 'closed' }
  | { readonly type: 'failed'; readonly failure: FailureData };

/** What the writer's thread is started with. */
export type WriterData = { readonly folder: string; readonly now: number };
