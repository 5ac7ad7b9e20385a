import * as passkey from '../passkey.ts';
import type { ProblemCode } from '../problems.ts';
import type { RouteOf } from './route.ts';

export type PasskeyBodies = {
  readonly statement: passkey.Stating;
  readonly passkeyOptions: passkey.PasskeyChange;
  readonly passkeyStatement: passkey.MadePasskey;
  readonly addPasskey: passkey.AddingPasskey;
  readonly removePasskey: passkey.PasskeyChange;
  readonly endorsePasskey: passkey.PasskeyChange;
  readonly takePasskey: passkey.PasskeyChange;
};

/** Codes of whatever lets a passkey in or takes it away. */
const ENROLLING: readonly ProblemCode[] = ['browser-only', 'step-up-needed'];
const CHANGING: readonly ProblemCode[] = [...ENROLLING, 'passkey-unknown', 'busy', 'overloaded'];
const MADE: readonly ProblemCode[] = [
  ...ENROLLING,
  'passkeys-unavailable',
  'ticket-invalid',
  'ticket-expired',
  'registration-invalid',
  'no-passkey',
  'passkey-too-weak',
];

/** Codes of an answer that a passkey signed. */
export const SIGNED: readonly ProblemCode[] = [
  'ticket-invalid',
  'ticket-expired',
  'assertion-invalid',
  'counter-regressed',
  'passkey-unknown',
  'passkey-waiting',
  'passkey-removed',
  'passkey-of-another',
];

/** Passkeys: what they sign, how they come in, and how they go. */
export const passkeyRoutes: readonly RouteOf<PasskeyBodies, 'passkeys' | 'waitingPasskeys'>[] = [
  {
    id: 'statement',
    method: 'POST',
    path: '/v1/approvals/{id}/statements',
    summary: 'Write out what the caller means to answer, to be signed by one of their passkeys',
    callers: ['person'],
    body: passkey.stating,
    answers: { 200: { description: 'the statement', schema: passkey.toSign } },
    problems: [
      'not-found',
      'not-pending',
      'version-mismatch',
      'seen-mismatch',
      'no-passkey',
      'passkeys-unavailable',
    ],
  },
  {
    id: 'passkeys',
    method: 'GET',
    path: '/v1/me/passkeys',
    summary: 'Passkeys of the caller',
    callers: ['person'],
    answers: { 200: { description: 'all of them', schema: passkey.passkeyList } },
    problems: [],
  },
  {
    id: 'passkeyOptions',
    method: 'POST',
    path: '/v1/me/passkeys/options',
    summary: 'How to make a passkey, in a session signed in within the last five minutes',
    callers: ['person'],
    body: passkey.passkeyChange,
    answers: { 200: { description: 'for the browser', schema: passkey.passkeyOptions } },
    problems: [...ENROLLING, 'passkeys-unavailable'],
  },
  {
    id: 'passkeyStatement',
    method: 'POST',
    path: '/v1/me/passkeys/statements',
    summary: 'Write out what an enrolled passkey has to sign to vouch for a new one',
    callers: ['person'],
    body: passkey.madePasskey,
    answers: { 200: { description: 'the statement', schema: passkey.toVouch } },
    problems: MADE,
  },
  {
    id: 'addPasskey',
    method: 'POST',
    path: '/v1/me/passkeys',
    summary: 'Add the passkey that was made; without what it needs, it waits for a second person',
    callers: ['person'],
    body: passkey.addingPasskey,
    answers: { 201: { description: 'added', schema: passkey.addedPasskey } },
    problems: [
      ...MADE.filter((code) => code !== 'no-passkey'),
      ...SIGNED.filter((code) => !MADE.includes(code)),
      'passkey-known',
      'too-many-passkeys',
      'busy',
      'overloaded',
    ],
  },
  {
    id: 'removePasskey',
    method: 'POST',
    path: '/v1/me/passkeys/{id}/remove',
    summary: 'Remove a passkey of the caller, for good',
    callers: ['person'],
    body: passkey.passkeyChange,
    answers: { 200: { description: 'removed', schema: passkey.passkeyDone } },
    problems: CHANGING,
  },
  {
    id: 'waitingPasskeys',
    method: 'GET',
    path: '/v1/passkeys/waiting',
    summary: 'Passkeys that wait for a second person',
    callers: ['person'],
    needs: 'administrator',
    answers: { 200: { description: 'all of them', schema: passkey.waitingPasskeys } },
    problems: [],
  },
  {
    id: 'endorsePasskey',
    method: 'POST',
    path: '/v1/passkeys/{id}/endorse',
    summary: 'Vouch, as a second person, that a waiting passkey is its person’s',
    callers: ['person'],
    needs: 'administrator',
    body: passkey.passkeyChange,
    answers: { 200: { description: 'enrolled', schema: passkey.passkeyDone } },
    problems: [...CHANGING, 'own-passkey', 'inactive-person'],
  },
  {
    id: 'takePasskey',
    method: 'POST',
    path: '/v1/passkeys/{id}/remove',
    summary: 'Remove a passkey of anybody, such as a lost one',
    callers: ['person'],
    needs: 'administrator',
    body: passkey.passkeyChange,
    answers: { 200: { description: 'removed', schema: passkey.passkeyDone } },
    problems: CHANGING,
  },
];
