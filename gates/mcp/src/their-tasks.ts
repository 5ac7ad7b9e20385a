import { answered, written, type Body } from './answer.ts';
import { masking } from './down.ts';
import { textOf } from './members.ts';
import type { Members, Received, Request, Response } from './message.ts';
import type { About, Answered } from './parts.ts';
import type { Going } from './parted.ts';
import { maskResponse, notPassed, reportEnd } from './run.ts';
import { sealTask, type TaskId } from './task-id.ts';
import type { Work } from './work.ts';

/** A server made a task of a call: its id goes down sealed in ours, and how it ends is told to the house when it is seen. */
export function theirs(
  work: Work,
  { caller }: About,
  { run, at, turn }: Going,
  { message }: Received<Response>,
): Received<Response> {
  const result = 'result' in message ? message.result : {};
  const now = work.now();
  const ttl = typeof result['ttlMs'] === 'number' ? result['ttlMs'] : work.times.openMs;
  const until = now + Math.max(ttl, work.times.openMs);
  work.open.put({ run, turn, until });
  const { agent } = caller;
  const task: TaskId = {
    kind: 'server',
    agent,
    server: at,
    actionId: run.actionId,
    at: now,
    until,
    theirs: textOf(result['taskId']) ?? '',
  };
  const { id } = message;
  return written({ jsonrpc: '2.0', id, result: { ...result, taskId: sealTask(work, task) } });
}

const ENDED: Readonly<Record<string, 'executed' | 'failed'>> = {
  completed: 'executed',
  failed: 'failed',
  cancelled: 'failed',
};

/** Asks the server about a task of its own. */
export async function theirTask(
  work: Work,
  {
    request,
    about,
    task,
    taskId,
  }: {
    readonly request: Request;
    readonly about: About;
    readonly task: TaskId;
    readonly taskId: string;
  },
): Promise<Answered> {
  const params: Members = { ...request.params, taskId: task.theirs ?? '' };
  const reply = await about.link.request({ ...request, params }, masking(work, about));
  if (reply.is === 'parted') return reply;
  if (reply.is === 'unsent' && reply.isGone) return { is: 'gone' };
  if (reply.is !== 'answered') return answered(request.id, notPassed(reply));
  const passed = maskResponse(reply.response, about);
  const { message } = passed;
  if ('error' in message) return { is: 'answered', response: passed };
  const status = textOf(message.result['status']) ?? '';
  const outcome = Object.hasOwn(ENDED, status) ? ENDED[status] : undefined;
  const run = outcome && work.open.take(task.actionId, 0);
  const isBad = (message.result['result'] as Members | undefined)?.['isError'] === true;
  if (run && outcome) reportEnd(run, isBad ? 'failed' : outcome, passed);
  const body: Body = {
    result: {
      ...message.result,
      ...(message.result['taskId'] === undefined ? {} : { taskId }),
    },
  };
  return answered(request.id, body);
}
