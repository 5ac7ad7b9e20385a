import * as push from '../push.ts';
import type { Answer, RouteOf } from './route.ts';

export type PushBodies = {
  readonly pushSubscribe: push.Subscribing;
  readonly pushUnsubscribe: push.Unsubscribing;
};

const state: Answer = { description: 'how many browsers are woken', schema: push.pushState };

/** Waking people's own browsers. */
export const pushRoutes: readonly RouteOf<PushBodies, 'pushKey'>[] = [
  {
    id: 'pushKey',
    method: 'GET',
    path: '/v1/push/key',
    summary: 'What a browser subscribes with',
    callers: ['person'],
    answers: { 200: { description: 'the key', schema: push.pushKey } },
    problems: ['push-off'],
  },
  {
    id: 'pushSubscribe',
    method: 'POST',
    path: '/v1/me/push',
    summary: 'Wake this browser when a decision of the caller is needed',
    callers: ['person'],
    body: push.subscribing,
    answers: { 200: state },
    problems: ['push-off', 'push-endpoint-refused', 'too-many-devices'],
  },
  {
    id: 'pushUnsubscribe',
    method: 'POST',
    path: '/v1/me/push/remove',
    summary: 'Wake this browser no more',
    callers: ['person'],
    body: push.unsubscribing,
    answers: { 200: state },
    problems: ['push-off'],
  },
];
