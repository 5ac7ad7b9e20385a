import { toIso, type Instant } from '@countersign/core';
import type { Body } from './answer.ts';
import type { CallStatus } from './house.ts';
import type { Members } from './message.ts';
import { APPROVAL_META } from './names.ts';
import { sealTask, type TaskId } from './task-id.ts';
import type { Asked, Work } from './work.ts';

export const POLL_MS = 5_000;

/** Answers a held call with a task: the client asks for it again when it likes, for as long as the request is open. */
export function heldTask(work: Work, { about, at }: Asked, status: CallStatus): Body {
  const now = work.now();
  const { id: actionId, approvalId, expiresAt } = status;
  const end = expiresAt === undefined ? now + work.times.openMs : Date.parse(expiresAt);
  const until = end + work.times.keptMs;
  const { agent } = about.caller;
  const task: TaskId = { kind: 'held', agent, server: at, actionId, at: now, until };
  return {
    result: {
      resultType: 'task',
      ...shapeOf(sealTask(work, task), task),
      status: 'working',
      statusMessage: `waiting for human approval ${approvalId ?? ''}`.trim(),
      ...(approvalId === undefined
        ? {}
        : { _meta: { [APPROVAL_META]: { id: approvalId, status: status.state } } }),
    },
  };
}

/** What every answer about a task of ours says. */
export const shapeOf = (taskId: string, { at, until }: TaskId): Members => ({
  taskId,
  createdAt: toIso(at as Instant),
  lastUpdatedAt: toIso(at as Instant),
  ttlMs: until - at,
  pollIntervalMs: POLL_MS,
});
