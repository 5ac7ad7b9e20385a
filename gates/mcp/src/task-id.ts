import type { Body } from './answer.ts';
import { membersOf } from './members.ts';
import type { Caller } from './link.ts';
import type { McpParts } from './parts.ts';

/** What a task id of ours says: a call that people are asked about, or a task that the server made of a call. */
export type TaskId = {
  readonly kind: 'held' | 'server';
  readonly agent: string;
  /** The mount it was asked at. */
  readonly server: string;
  readonly actionId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly until: number;
  /** The server's own id of it. */
  readonly theirs?: string;
};

const PURPOSE = 'mcp-task';
/** What a side says that takes or makes tasks. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Seals a task id: nobody else can make one, and it is bound to whose it is, so any gateway knows it. */
export const sealTask = ({ sealer }: Pick<McpParts, 'sealer'>, task: TaskId): string =>
  sealer.seal(PURPOSE, task);

/** The task of an id; undefined for whatever is not of this agent and mount, or is over. */
export function openTask(
  { sealer, now }: Pick<McpParts, 'sealer' | 'now'>,
  text: string,
  { agent, server }: Pick<TaskId, 'agent' | 'server'>,
): TaskId | undefined {
  // authenticated: whatever opens was sealed by `sealTask`
  const task = membersOf(sealer.open(PURPOSE, text)) as unknown as TaskId | undefined;
  return task?.agent === agent && task.server === server && task.until > now() ? task : undefined;
}

/** The mount a task was asked at, where it is one of ours; whose it is, is looked at by `openTask`. */
export function serverOfTask(sealer: McpParts['sealer'], text: string): string | undefined {
  const server = membersOf(sealer.open(PURPOSE, text))?.['server'];
  return typeof server === 'string' ? server : undefined;
}

/** Whether a client takes tasks for answers; capabilities are said with every request of the modern era. */
export const takesTasks = ({ era, client }: Caller): boolean =>
  era === 'modern' &&
  membersOf(membersOf(client.capabilities['extensions'])?.[TASKS_EXTENSION]) !== undefined;

/** What is told to a client that asks for tasks without saying that it takes them. */
export const NEEDS_TASKS: Body = {
  error: {
    code: -32_021,
    message: 'tasks are for clients that declare them',
    data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
  },
};
