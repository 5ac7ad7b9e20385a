import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { StoreFailure } from '@countersign/core';

/** What a failure is once it has crossed the thread boundary. */
export type FailureData = {
  readonly code: StoreFailure['code'];
  readonly message: string;
  readonly retryable: boolean;
};

type Known = {
  readonly code: StoreFailure['code'];
  readonly what: string;
  readonly retryable?: boolean;
};

// primary result codes of SQLite (sqlite.org/rescode.html)
const KNOWN: Readonly<Record<number, Known>> = {
  5: { code: 'locked', what: 'is open in another process', retryable: true },
  8: { code: 'read-only', what: 'may not be written; give this user write permission' },
  10: {
    code: 'store-failed',
    what: 'cannot be read or written; check the disk, its space and its limits',
  },
  11: { code: 'corrupt', what: 'is damaged; restore a backup' },
  13: { code: 'disk-full', what: 'is on a full disk; free space and start again' },
  26: { code: 'corrupt', what: 'is not a ledger database; restore a backup' },
};

const SYSTEM: Readonly<Record<string, number>> = {
  EROFS: 8,
  EACCES: 8,
  EPERM: 8,
  ENOSPC: 13,
  EDQUOT: 13,
  EFBIG: 13,
};

/** Turns whatever the driver or the file system threw into a failure that says what to do. */
export function toStoreFailure(cause: unknown, path: string): StoreFailure {
  if (cause instanceof StoreFailure) return cause;
  const number = errorNumber(cause);
  const known = KNOWN[number === CANT_OPEN && !isWritable(dirname(path)) ? 8 : number];
  const text = cause instanceof Error ? cause.message : String(cause);
  if (known)
    return new StoreFailure(known.code, `\`${path}\` ${known.what} (${text})`, {
      cause,
      retryable: known.retryable ?? false,
    });
  return new StoreFailure('store-failed', `\`${path}\` cannot be used (${text})`, { cause });
}

const CANT_OPEN = 14;

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function errorNumber(cause: unknown): number {
  if (typeof cause !== 'object' || cause === null) return 0;
  if ('errcode' in cause && typeof cause.errcode === 'number') return cause.errcode & 0xff;
  return 'code' in cause && typeof cause.code === 'string' ? (SYSTEM[cause.code] ?? 0) : 0;
}

/** A failure as plain data, to be posted between threads. */
export const toData = ({ code, message, retryable }: StoreFailure): FailureData => ({
  code,
  message,
  retryable,
});

/** The failure that plain data tells of. */
export const fromData = ({ code, message, retryable }: FailureData): StoreFailure =>
  new StoreFailure(code, message, { retryable });
