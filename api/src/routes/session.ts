import * as session from '../session.ts';
import type { ProblemCode } from '../problems.ts';
import { query, type Answer, type RouteOf } from './route.ts';

export type SessionBodies = {
  readonly terminal: session.Terminal;
  readonly token: session.Exchanging;
  readonly signOutEverywhere: session.Nothing;
};

const REDIRECT: Answer = {
  description: 'goes on elsewhere',
  type: 'text/plain; charset=utf-8',
};
const BEGINNING: readonly ProblemCode[] = [
  'unknown-provider',
  'provider-unreachable',
  'sign-in-invalid',
  'sign-in-again',
  'unauthenticated',
];

/** Who the caller is, and how people sign in and out. */
export const sessionRoutes: readonly RouteOf<
  SessionBodies,
  'me' | 'providers' | 'login' | 'callback' | 'logout' | 'mySessions'
>[] = [
  {
    id: 'me',
    method: 'GET',
    path: '/v1/me',
    summary: 'Whose credential this is',
    callers: ['agent', 'executor', 'person'],
    answers: { 200: { description: 'the caller', schema: session.me } },
    problems: [],
  },
  {
    id: 'mySessions',
    method: 'GET',
    path: '/v1/me/sessions',
    summary: 'Where the person is signed in',
    callers: ['person'],
    answers: { 200: { description: 'sessions, newest first', schema: session.sessionList } },
    problems: [],
  },
  {
    id: 'signOutEverywhere',
    method: 'POST',
    path: '/v1/me/sign-out',
    summary: 'End every session of the person, in browsers and terminals',
    callers: ['person'],
    body: session.nothing,
    answers: { 200: { description: 'all of them are over', schema: session.signedOut } },
    problems: ['busy', 'overloaded'],
  },
  {
    id: 'terminal',
    method: 'POST',
    path: '/v1/terminals',
    summary:
      'Let a terminal on this machine act as the person who is signed in here, at assurance `chat`',
    callers: ['person'],
    body: session.terminal,
    answers: { 200: { description: 'a code for that terminal', schema: session.terminalCode } },
    problems: ['browser-only'],
  },
  {
    id: 'token',
    method: 'POST',
    path: '/auth/token',
    summary: 'Exchange a code for the token of a terminal, once',
    callers: [],
    body: session.exchanging,
    answers: { 200: { description: 'the token', schema: session.terminalToken } },
    problems: ['code-invalid', 'overloaded'],
  },
  {
    id: 'providers',
    method: 'GET',
    path: '/auth/providers',
    summary: 'Identity providers one can sign in by',
    callers: [],
    answers: { 200: { description: 'all of them', schema: session.providerList } },
    problems: [],
  },
  {
    id: 'login',
    method: 'GET',
    path: '/auth/login/{provider}',
    summary: 'Sign in: goes to the identity provider',
    callers: [],
    parameters: [
      query('next', 'path of ours to go to afterwards', { type: 'string', default: '/' }),
      query('step_up', '`1`: prove again who you are', { type: 'string', enum: ['1'] }),
      query('link', '`1`: make that account one more of who is signed in', {
        type: 'string',
        enum: ['1'],
      }),
    ],
    answers: { 302: REDIRECT },
    problems: BEGINNING,
  },
  {
    id: 'callback',
    method: 'GET',
    path: '/auth/callback/{provider}',
    summary: 'Where the identity provider sends the browser back to',
    callers: [],
    isQueryOpen: true,
    answers: {
      302: REDIRECT,
      303: { ...REDIRECT, description: 'to the sign-in page, with the code of the problem' },
    },
    problems: [
      ...BEGINNING.filter((code) => code !== 'unauthenticated'),
      'sign-in-expired',
      'sign-in-refused',
      'not-provisioned',
      'inactive-person',
      'already-linked',
      'busy',
      'overloaded',
      'store-failed',
    ],
  },
  {
    id: 'logout',
    method: 'POST',
    path: '/auth/logout',
    summary: 'End this session',
    callers: ['person'],
    answers: { 200: { description: 'it is over', schema: session.signedOut } },
    problems: [],
  },
];
