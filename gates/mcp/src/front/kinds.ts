import type { Notification, Received, Request, Response } from '../message.ts';

/** Whether a message asks for an answer. */
export const isRequest = (one: Received): one is Received<Request> =>
  'method' in one.message && 'id' in one.message;
/** Whether a message tells, and asks for nothing. */
export const isNotification = (one: Received): one is Received<Notification> =>
  'method' in one.message && !('id' in one.message);
/** Whether a message answers. */
export const isResponse = (one: Received): one is Received<Response> => !('method' in one.message);
