import {
  instant,
  type ActionId,
  type ApprovalId,
  type Head,
  type Standing,
  type StoredEntry,
} from '@countersign/core';
import type { Row } from './transaction.ts';

/** A stream with its standing. */
export type Placed = { readonly stream: string; readonly standing: Standing };

/** The standing in a row of `standings`. */
export function placedOf(row: Row): Placed {
  const { approval, due, owner, session } = row;
  return {
    stream: textOf(row['stream']),
    standing: {
      state: textOf(row['state']),
      agent: textOf(row['agent']),
      createdAt: instant(Number(row['created'])),
      ...(isApproval(approval) && { approvalId: approval }),
      ...(typeof due === 'number' && { dueAt: instant(due) }),
      ...(typeof owner === 'string' && { owner }),
      ...(typeof session === 'string' && { session }),
    },
  };
}

/** The one row of `head`. */
export const headOf = (row: Row | undefined): Head => ({
  size: Number(row?.['size']),
  root: new Uint8Array(bytesOf(row?.['root'])),
  at: instant(Number(row?.['at'])),
});

/** The entry in a row of `events`. */
export const entryOf = (row: Row): StoredEntry => ({
  seq: Number(row['seq']),
  stream: textOf(row['stream']),
  version: Number(row['ver']),
  entry: Buffer.from(bytesOf(row['entry'])).toString(),
});

/** Whether a column names an action's stream. */
export const isAction = (value: unknown): value is ActionId =>
  typeof value === 'string' && value.startsWith('act_');
const isApproval = (value: unknown): value is ApprovalId =>
  typeof value === 'string' && value.startsWith('apr_');
/** Columns as what they hold. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const bytesOf = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array(0);
