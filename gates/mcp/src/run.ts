import { sha256 } from '@countersign/core';
import { broken, type Body } from './answer.ts';
import type { Run } from './house.ts';
import type { Reply } from './link.ts';
import { maskContent } from './mask.ts';
import { listOf, membersOf } from './members.ts';
import type { Era, Members, Received, Request, Response } from './message.ts';
import type { About } from './parts.ts';
import { mayHaveRun, notExecuted } from './result.ts';

/** Protocol members of `_meta` that go to the server. ATTACKER: whatever else stood there was judged by nobody. */
const FORWARDED: ReadonlySet<string> = new Set([
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
]);

/** What the client adds to a leg besides the call: its answers to the server, and the server's state. */
export type Leg = { readonly inputResponses?: Members; readonly requestState?: string };

/** The request that goes to the server: the tool and arguments that were released, nothing of the caller's copy (R3). */
export function requestOf(run: Run, { id, params }: Request, leg: Leg): Request {
  const meta = membersOf(params?.['_meta']);
  const kept = Object.entries(meta ?? {}).filter(
    ([name]) => FORWARDED.has(name) || name.startsWith('io.modelcontextprotocol/'),
  );
  return {
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name: run.tool,
      arguments: run.arguments,
      ...(leg.inputResponses ? { inputResponses: leg.inputResponses } : {}),
      ...(leg.requestState === undefined ? {} : { requestState: leg.requestState }),
      ...(kept.length > 0 ? { _meta: Object.fromEntries(kept) } : {}),
    },
  };
}

/** What a server's answer to a call is: done, done badly, to be gone on with, a task of its own, or nothing we understand. */
export type Finding = 'executed' | 'failed' | 'asks' | 'task' | 'unreadable';

export function findingOf(response: Response): Finding {
  if ('error' in response) return 'failed';
  const { result } = response;
  if (result['resultType'] === 'input_required') return 'asks';
  if (result['resultType'] === 'task') return 'task';
  // an empty success is none: a server that lost its session answers so
  if (!Array.isArray(result['content']) && membersOf(result['structuredContent']) === undefined)
    return 'unreadable';
  return result['isError'] === true ? 'failed' : 'executed';
}

/** A response as it goes down, masked; the same object where nothing was. */
export function maskResponse(received: Received<Response>, about: About): Received<Response> {
  const { message } = received;
  const { mask } = about.mounted;
  if ('error' in message) {
    const error = maskContent(message.error, mask);
    return error === message.error ? received : rewritten({ ...message, error });
  }
  const result = maskContent(message.result, mask);
  return result === message.result ? received : rewritten({ ...message, result });
}

const rewritten = (message: Response): Received<Response> => ({
  message,
  text: JSON.stringify(message),
});

/** Tells the house how it ended: digest and sizes of what was passed on, none of its text (R9). */
export function reportEnd(run: Run, outcome: 'executed' | 'failed', passed: Received): void {
  const parts = 'result' in passed.message ? listOf(passed.message.result['content']).length : 0;
  run.report({
    outcome,
    summary: `${Buffer.byteLength(passed.text)} bytes in ${parts} parts`,
    resultDigest: sha256(passed.text),
  });
}

/** What becomes of a call that got no answer (R4): not sent is failed; sent and not answered is unknown. */
export function withoutAnswer(
  run: Run,
  reply: Exclude<Reply, { is: 'answered' } | { is: 'parted' }>,
  era: Era,
): Body {
  if (reply.is === 'broken') return mayHaveRun(era, `The server did not answer: ${reply.why}.`);
  run.report({ outcome: 'failed', summary: 'not sent' });
  return notExecuted(era, {
    outcome: 'failed',
    reasonCode: 'not-sent',
    why: `The server could not be reached: ${reply.why}.`,
    next: 'Nothing ran. It may be tried again later.',
    retry: 'later',
  });
}

/** An answer that says neither that it worked nor that it did not. */
export const unreadable = (era: Era): Body =>
  mayHaveRun(era, 'The server answered with something that is no result.');

/** The message of a failed pass, for requests that are no calls. */
export const notPassed = (reply: Exclude<Reply, { is: 'answered' } | { is: 'parted' }>): Body =>
  broken(
    reply.is === 'broken'
      ? `the server did not answer: ${reply.why}`
      : `the server could not be reached: ${reply.why}`,
  );
