import { written } from './answer.ts';
import type { Members, Notification, Received } from './message.ts';

/** A notification of our own as it goes out. */
export function notification(method: string, params?: Members): Received<Notification> {
  return written<Notification>({ jsonrpc: '2.0', method, ...(params ? { params } : {}) });
}
