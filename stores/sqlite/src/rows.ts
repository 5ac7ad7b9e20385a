import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import {
  instant,
  type ActionId,
  type ApprovalId,
  type Instant,
  type Standing,
  type StoredEntry,
} from '@countersign/core';

/** A row as the driver hands it out. */
export type Row = Record<string, SQLOutputValue>;

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
      createdAt: momentOf(row['created']),
      ...(isApproval(approval) && { approvalId: approval }),
      ...(typeof due === 'number' && { dueAt: instant(due) }),
      ...(typeof owner === 'string' && { owner }),
      ...(typeof session === 'string' && { session }),
    },
  };
}

/** A standing as the values of its row, after the stream. */
export const standingRow = (standing: Standing): readonly SQLInputValue[] => {
  const { state, approvalId, agent, createdAt, dueAt, owner, session } = standing;
  return [
    state,
    approvalId ?? null,
    agent,
    createdAt,
    dueAt ?? null,
    owner ?? null,
    session ?? null,
  ];
};

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
/** Columns as what they hold; the schema is strict, so nothing else is there. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const momentOf = (value: unknown): Instant => instant(Number(value));
export const bytesOf = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array(0);
