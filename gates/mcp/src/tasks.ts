import { answered, complete, invalid } from './answer.ts';
import { POLL_MS, shapeOf } from './held-task.ts';
import { whereItIs } from './conclude.ts';
import { membersOf, textOf } from './members.ts';
import type { Members, Request } from './message.ts';
import { WAIT_TOOL } from './names.ts';
import type { About, Answered } from './parts.ts';
import { NEEDS_TASKS, openTask, takesTasks, type TaskId } from './task-id.ts';
import { theirTask } from './their-tasks.ts';
import type { Asked, Work } from './work.ts';

const METHODS: ReadonlySet<string> = new Set(['tasks/get', 'tasks/update', 'tasks/cancel']);

/** `tasks/get`, `tasks/update`, `tasks/cancel`: of a call that is held, or of a task that the server made of one. */
export async function askTask(work: Work, request: Request, about: About): Promise<Answered> {
  const { caller, mounted } = about;
  // no task of the legacy era is ever made here: `task` of a call is not passed on
  if (caller.era === 'legacy' || !METHODS.has(request.method))
    return answered(request.id, { error: { code: -32_601, message: 'no such method' } });
  if (!takesTasks(caller)) return answered(request.id, NEEDS_TASKS);
  const taskId = textOf(request.params?.['taskId']) ?? '';
  const task = openTask(work, taskId, { agent: caller.agent, server: mounted.name });
  if (!task) return answered(request.id, invalid('there is no such task of yours'));
  if (task.kind === 'server') return theirTask(work, { request, about, task, taskId });
  if (request.method === 'tasks/get') {
    const body = { ...shapeOf(taskId, task), ...(await standing(work, request, about, task)) };
    return answered(request.id, complete('modern', body));
  }
  if (request.method === 'tasks/cancel') leave(work, task.actionId);
  // nothing is asked of the client: people are
  return answered(request.id, complete('modern', {}));
}

/** Where a held call stands. The first who asks after the yes redeems it; nothing runs that nobody asks for. */
async function standing(
  work: Work,
  request: Request,
  about: About,
  { actionId }: TaskId,
): Promise<Members> {
  const { agent, signal } = about.caller;
  const known = work.kept.find(agent, actionId);
  if (!known && work.left.has(actionId)) return { status: 'cancelled' };
  const admission = await work.house.wait(agent, actionId, { ms: 0, signal });
  if (admission.is === 'held') return { status: 'working' };
  const at = about.mounted.name;
  // a task goes on when whoever asked for it hears no more: that is what it is for
  const caller = { ...about.caller, signal: NEVER, event: () => undefined };
  const asked: Asked = {
    request,
    about: { ...about, caller },
    at,
    tool: WAIT_TOOL,
    arguments: {},
    leg: {},
    turn: 0,
  };
  const ending = whereItIs(work, asked, admission).then(endIn);
  return Promise.race([ending, stillWorking()]);
}

const NEVER = new AbortController().signal;
const stillWorking = (): Promise<Members> =>
  new Promise((resolve) => {
    setTimeout(() => resolve({ status: 'working' }), POLL_MS).unref();
  });

/** A tool's own error is a completed task; an error of the protocol is a failed one. */
function endIn(answer: Answered): Members {
  const message = answer.is === 'answered' ? answer.response.message : undefined;
  if (message && 'error' in message) return { status: 'failed', error: { ...message.error } };
  const result = message?.result;
  if (result && membersOf(result) && result['resultType'] !== 'input_required')
    return { status: 'completed', result };
  return {
    status: 'failed',
    error: {
      code: -32_603,
      message: 'the server wants what a task of ours cannot give it; call the tool without tasks',
    },
  };
}

const MOST_LEFT = 10_000;

function leave({ left }: Work, actionId: string): void {
  left.add(actionId);
  const [oldest] = left;
  if (left.size > MOST_LEFT && oldest !== undefined) left.delete(oldest);
}
