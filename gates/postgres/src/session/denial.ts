import { randomBytes } from 'node:crypto';
import type { NotRun } from '../judge/judge.ts';
import { writeBind, writeExecute, writeParse, writeQuery, type Report } from '../wire/write.ts';
import type { Denied } from './outstanding.ts';

// Denial by substitution (infra-gates 1.4): in place of what is denied goes something the server itself refuses, so it aborts
// the transaction, skips to Sync and tells its true state; an answer of ours would leave the earlier work of a transaction
// ready to be committed. A word it cannot parse is refused in a failed transaction too, and needs no language to be installed.

/** Refuses something: a nonce only the server's answer to the substitute will carry. */
export const deny = (report: Report): Denied => ({
  nonce: `cs_denied_${randomBytes(9).toString('hex')}`,
  report,
});

/** In place of a Query or a FunctionCall. */
export const substituteQuery = ({ nonce }: Denied): Buffer => writeQuery(nonce);

/** In place of a Parse. */
export const substituteParse = (name: string, { nonce }: Denied): Buffer => writeParse(name, nonce);

/** In place of a Bind: of a statement that does not exist. */
export const substituteBind = ({ nonce }: Denied): Buffer =>
  writeBind({ portal: nonce, statement: nonce, values: [], resultFormats: [] });

/** In place of an Execute: of a portal that does not exist. */
export const substituteExecute = ({ nonce }: Denied): Buffer => writeExecute(nonce);

/** What a client is told: never a class that drivers and poolers try again by themselves. */
export const reportOf = ({ message, detail, hint }: NotRun): Report => ({
  severity: 'ERROR',
  code: '42501',
  message,
  detail,
  hint,
});

/** In the words of the server: a name that is not there. */
export const missing = (of: 'prepared statement' | 'portal' | 'cursor', name: string): Report => ({
  severity: 'ERROR',
  code: of === 'prepared statement' ? '26000' : '34000',
  message:
    of === 'prepared statement' && name === ''
      ? 'unnamed prepared statement does not exist'
      : `${of} "${name}" does not exist`,
});

/** Whether an answer is the refusal of this substitute, and not of something before it. */
export const isRefusalOf = (
  { nonce }: Denied,
  bytes: Buffer,
  start: number,
  end: number,
): boolean => bytes.subarray(start, end).includes(nonce);

/** A refusal that is ours alone. */
export const refused = (message: string, hint?: string): NotRun => ({
  is: 'refused',
  message: `NOT EXECUTED, refused: ${message}`,
  ...(hint === undefined ? {} : { hint }),
});
