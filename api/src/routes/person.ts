import * as person from '../person.ts';
import type { ProblemCode } from '../problems.ts';
import * as session from '../session.ts';
import { query, type Answer, type RouteOf } from './route.ts';

export type PersonBodies = {
  readonly deactivatePerson: person.Deactivating;
  readonly activatePerson: person.Activating;
  readonly signOutPerson: session.Nothing;
  readonly linkPerson: person.Linking;
};

const item: Answer = { description: 'the account as it stands now', schema: person.personItem };
const CHANGING: readonly ProblemCode[] = ['not-found', 'busy', 'overloaded'];
/** What gives power needs a recent sign-in, and is nobody's own to do (R5). */
const GIVING: readonly ProblemCode[] = [...CHANGING, 'excluded', 'sign-in-again'];

/** Accounts of people, for administrators. */
export const personRoutes: readonly RouteOf<PersonBodies, 'people' | 'person'>[] = [
  {
    id: 'people',
    method: 'GET',
    path: '/v1/people',
    summary: 'Accounts of people, those of the configuration first',
    callers: ['person'],
    needs: 'administrator',
    parameters: [
      query('q', 'beginning of the name, of one of its words, or of the id', {
        type: 'string',
        maxLength: 100,
      }),
      query('limit', 'most items', { type: 'integer', minimum: 1, maximum: 100, default: 50 }),
      query('after', '`next` of the page before', { type: 'string', maxLength: 256 }),
    ],
    answers: { 200: { description: 'a page', schema: person.personList } },
    problems: [],
  },
  {
    id: 'person',
    method: 'GET',
    path: '/v1/people/{id}',
    summary: 'One account',
    callers: ['person'],
    needs: 'administrator',
    answers: { 200: item },
    problems: ['not-found'],
  },
  {
    id: 'deactivatePerson',
    method: 'POST',
    path: '/v1/people/{id}/deactivate',
    summary: 'Take an account out: its sessions end, and it counts nowhere any more',
    callers: ['person'],
    needs: 'administrator',
    body: person.deactivating,
    answers: { 200: item },
    problems: CHANGING,
  },
  {
    id: 'activatePerson',
    method: 'POST',
    path: '/v1/people/{id}/activate',
    summary: 'Let an account in again that an administrator took out',
    callers: ['person'],
    needs: 'administrator',
    body: person.activating,
    answers: { 200: item },
    problems: [...GIVING, 'out-elsewhere'],
  },
  {
    id: 'signOutPerson',
    method: 'POST',
    path: '/v1/people/{id}/sign-out',
    summary: 'End every session of an account',
    callers: ['person'],
    needs: 'administrator',
    body: session.nothing,
    answers: { 200: item },
    problems: CHANGING,
  },
  {
    id: 'linkPerson',
    method: 'POST',
    path: '/v1/people/{id}/link',
    summary: 'Say that two accounts are one human; it cannot be taken back',
    callers: ['person'],
    needs: 'administrator',
    body: person.linking,
    answers: { 200: item },
    problems: [...GIVING, 'unknown-person'],
  },
];
