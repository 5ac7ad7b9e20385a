import * as chat from '../chat.ts';
import type { ProblemCode } from '../problems.ts';
import type { Answer, RouteOf } from './route.ts';

export type ChatBodies = {
  readonly disconnectChat: chat.Disconnecting;
  readonly disconnectChatOf: chat.Disconnecting;
};

const REDIRECT: Answer = { description: 'goes on elsewhere', type: 'text/plain; charset=utf-8' };
const TOLD: Answer = {
  ...REDIRECT,
  description: 'to the person’s own page, with the code of the problem',
};
const removed: Answer = {
  description: 'nobody clicks as them any more',
  schema: chat.disconnected,
};
const BEGINNING: readonly ProblemCode[] = [
  'chat-off',
  'provider-unreachable',
  'unauthenticated',
  'sign-in-again',
];

/** Accounts of people in chats. Connecting one begins in the console, where its person is signed in, and nowhere else. */
export const chatRoutes: readonly RouteOf<ChatBodies, 'chats' | 'connectChat' | 'chatCallback'>[] =
  [
    {
      id: 'chats',
      method: 'GET',
      path: '/v1/me/chats',
      summary: 'Accounts in chats that are connected to the caller',
      callers: ['person'],
      answers: { 200: { description: 'all of them', schema: chat.chatList } },
      problems: [],
    },
    {
      id: 'disconnectChat',
      method: 'POST',
      path: '/v1/me/chats/remove',
      summary: 'Disconnect the caller’s accounts in a chat',
      callers: ['person'],
      body: chat.disconnecting,
      answers: { 200: removed },
      problems: ['busy', 'overloaded'],
    },
    {
      id: 'disconnectChatOf',
      method: 'POST',
      path: '/v1/people/{id}/chats/remove',
      summary: 'Disconnect somebody’s accounts in a chat',
      callers: ['person'],
      needs: 'administrator',
      body: chat.disconnecting,
      answers: { 200: removed },
      problems: ['not-found', 'busy', 'overloaded'],
    },
    {
      id: 'connectChat',
      method: 'GET',
      path: '/auth/chat/{channel}',
      summary: 'Connect an account: goes to where the person proves that it is theirs',
      callers: [],
      answers: { 302: REDIRECT, 303: TOLD },
      problems: BEGINNING,
    },
    {
      id: 'chatCallback',
      method: 'GET',
      path: '/auth/chat/{channel}/callback',
      summary: 'Where the browser is sent back to',
      callers: [],
      isQueryOpen: true,
      answers: {
        302: { ...REDIRECT, description: 'to the person’s own page' },
        303: TOLD,
      },
      problems: [
        'chat-off',
        'provider-unreachable',
        'sign-in-expired',
        'sign-in-invalid',
        'sign-in-refused',
        'chat-foreign',
        'chat-taken',
        'busy',
        'overloaded',
        'store-failed',
      ],
    },
  ];
