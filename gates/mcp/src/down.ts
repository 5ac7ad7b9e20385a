import type { Caller, StreamEvent } from './link.ts';
import { sightAll } from './list.ts';
import { maskMessage } from './mask.ts';
import type { About, McpParts } from './parts.ts';

export const LIST_CHANGED = 'notifications/tools/list_changed';

/** The caller as a link sees it: whatever comes down is masked on its way, and a changed list is looked at first. */
export const masking = (parts: Pick<McpParts, 'tools'>, about: About): Caller => ({
  ...about.caller,
  event: (event) => passDown(parts, about, event),
});

/** One event on its way down. */
export function passDown(
  parts: Pick<McpParts, 'tools'>,
  about: About,
  { message, ...rest }: StreamEvent,
): void {
  const { caller, mounted } = about;
  if (!message) return caller.event(rest);
  const masked = { ...rest, message: maskMessage(message, mounted.mask) };
  const isListChanged = 'method' in message.message && message.message.method === LIST_CHANGED;
  if (!isListChanged) return caller.event(masked);
  // whoever hears of it asks for the list at once: by then it is known what changed (pins)
  void sightAll(parts, about).finally(() => caller.event(masked));
}
