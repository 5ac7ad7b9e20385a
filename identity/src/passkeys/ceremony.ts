import { base64url } from '@countersign/core';
import { keyed } from '../keyed.ts';
import type { AssertionAnswer } from './answers.ts';

/** How long a person may take to make or use a passkey. */
export const CEREMONY_MS = 300_000;

/** A person as authenticators know them: the same at every gateway, and nobody can tell who it is. */
export const userHandleOf = (key: Uint8Array, person: string): string =>
  base64url(Buffer.from(keyed(key, 'passkey-user', person), 'hex'));

/** A statement with its ticket, and what a passkey answered to it. */
export type Assertion<Statement> = {
  readonly statement: Statement;
  readonly ticket: string;
  readonly response: AssertionAnswer;
};
