import { StoreFailure } from '@countersign/core';

/** Why a gateway did not start: one line with a code and what to do. */
export class StartFailure extends Error {
  readonly code: string;
  readonly hint: string;
  /** Further lines, such as every problem of a policy folder. */
  readonly lines: readonly string[];
  constructor(
    code: string,
    message: string,
    more: { readonly hint: string; readonly lines?: readonly string[]; readonly cause?: unknown },
  ) {
    super(message, { cause: more.cause });
    this.name = 'StartFailure';
    this.code = code;
    this.hint = more.hint;
    this.lines = more.lines ?? [];
  }
}

/** As a person reads it on a terminal. */
export const describeFailure = ({ code, message, hint, lines }: StartFailure): string =>
  [`${code}: ${message}; ${hint}`, ...lines.map((line) => `  ${line}`)].join('\n');

const HINTS: Readonly<Record<StoreFailure['code'], string>> = {
  'store-failed': 'check the disk and the permissions of `data_dir`',
  unreachable: 'check that the database runs and can be reached from here',
  'disk-full': 'free space on the disk of `data_dir`',
  'read-only': 'make `data_dir` writable for this user',
  locked: 'another gateway uses this `data_dir`; stop it or choose another folder',
  corrupt: 'restore a backup of `data_dir`',
  'rolled-back':
    'bring back the newest one, or go on without what is missing: `countersign ledger new-epoch`',
  'too-new': 'use the version of the gateway that wrote it',
  'needs-migration': 'run `countersign migrate` first',
};

const SYSTEM: Readonly<Record<string, readonly [code: string, hint: string]>> = {
  EADDRINUSE: ['port-in-use', 'stop the process that has the port, or set another `listen`'],
  EADDRNOTAVAIL: ['no-such-address', 'set `listen` to an address of this machine'],
  EROFS: ['read-only', HINTS['read-only']],
  ENOSPC: ['disk-full', HINTS['disk-full']],
  EACCES: ['not-permitted', 'give this user the permission, or choose another folder or port'],
  EPERM: ['not-permitted', 'give this user the permission, or choose another folder or port'],
  ENOENT: ['not-there', 'create it, or correct the path'],
  EEXIST: ['already-there', 'move away what is there, or choose another folder'],
  ENOTDIR: ['not-a-folder', 'choose another folder'],
};

/** What stopped a start, as one failure that says what to do; bugs stay what they are. */
export function toStartFailure(cause: unknown): unknown {
  if (cause instanceof StoreFailure)
    return new StartFailure(cause.code, cause.message, { hint: HINTS[cause.code], cause });
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  const [code, hint] = SYSTEM[String(cause.code)] ?? [];
  return code !== undefined && hint !== undefined
    ? new StartFailure(code, cause.message, { hint, cause })
    : cause;
}
