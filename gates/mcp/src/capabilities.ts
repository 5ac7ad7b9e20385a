import type { ServerSaid } from './link.ts';
import { membersOf } from './members.ts';
import type { Members } from './message.ts';
import { TASKS_EXTENSION } from './task-id.ts';

/** What a server can do, as a modern client is told: held calls are tasks for whoever takes them, whatever the server knows of tasks. */
export const modernCapabilities = ({
  capabilities,
}: Pick<ServerSaid, 'capabilities'>): Members => ({
  ...capabilities,
  extensions: { [TASKS_EXTENSION]: {}, ...membersOf(capabilities['extensions']) },
});

/** A server's answer to `initialize` as a legacy client gets it: without that era's tasks, which no call here becomes. */
export function initialized({ result, capabilities }: ServerSaid): Members {
  if (capabilities['tasks'] === undefined) return result;
  const { tasks: _, ...rest } = capabilities;
  return { ...result, capabilities: rest };
}
