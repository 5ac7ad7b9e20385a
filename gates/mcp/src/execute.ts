import { complete, written, type Body } from './answer.ts';
import type { Run } from './house.ts';
import type { Ran } from './kept.ts';
import type { Going } from './parted.ts';
import type { Received, Response } from './message.ts';
import type { About } from './parts.ts';
import { paramHeaders } from './param-headers.ts';
import { notExecuted, type NotRun } from './result.ts';
import { findingOf, maskResponse, reportEnd, requestOf, unreadable, withoutAnswer } from './run.ts';
import { matterOf, sealState } from './state.ts';
import { theirs } from './their-tasks.ts';
import { masking } from './down.ts';
import type { Asked, Work } from './work.ts';

/** Runs what was released: exactly that, once, and says how it ended. */
export async function execute(work: Work, asked: Asked, run: Run): Promise<Ran> {
  const { about, request } = asked;
  const { caller, link } = about;
  const going = {
    run,
    turn: asked.turn,
    at: asked.at,
    matter: () => matterOf(asked.tool, asked.arguments),
  };
  const tool = work.tools.find(run.server, run.tool);
  const stop = whyNotNow(about, run, tool?.standing === 'accepted' && tool.pin === run.pin);
  if (stop) {
    run.report({ outcome: 'failed', summary: `not sent: ${stop.reasonCode}` });
    return begun(asked, notExecuted(caller.era, stop));
  }
  // a legacy link may be a bridge to a modern server
  const params = tool ? paramHeaders(tool.definition, run.arguments) : {};
  const reply = await link.request(requestOf(run, request, asked.leg), masking(work, about), {
    params,
  });
  if (reply.is === 'parted') {
    const matter = going.matter(); // what was asked is not kept
    work.parted.put(caller, request.id, { ...going, matter: () => matter });
    return { is: 'parted' };
  }
  if (reply.is !== 'answered') {
    const body = withoutAnswer(run, reply, caller.era);
    return reply.is === 'unsent' && reply.isGone ? { is: 'gone' } : begun(asked, body);
  }
  return { is: 'answered', response: ended(work, about, going, reply.response), isBegun: true };
}

/** What came to be between the yes and the run. The grant is spent, so it is told as failed, not as waiting. */
function whyNotNow({ caller, mounted }: About, run: Run, isPinned: boolean): NotRun | undefined {
  if (run.server !== mounted.name)
    return {
      outcome: 'failed',
      reasonCode: 'other-server',
      why: `This call is for the server \`${run.server}\`.`,
    };
  if (!isPinned)
    return {
      outcome: 'failed',
      reasonCode: 'tool-changed',
      why: 'The tool is not the one that was decided on any more.',
      next: 'Nothing ran. It may be called again once the change is reviewed.',
      retry: 'later',
    };
  if (caller.signal.aborted)
    return { outcome: 'failed', reasonCode: 'caller-gone', why: 'The caller was gone.' };
  return undefined;
}

const begun = ({ request }: Asked, body: Body): Ran => ({
  is: 'answered',
  response: written({ jsonrpc: '2.0', id: request.id, ...body }),
  isBegun: true,
});

/** The server's answer as it goes down, and what the house is told of it. */
export function ended(
  work: Work,
  about: About,
  going: Going,
  received: Received<Response>,
): Received<Response> {
  const { era } = about.caller;
  const passed = bounded(about, maskResponse(received, about));
  const { id } = received.message;
  switch (findingOf(received.message)) {
    case 'executed':
      reportEnd(going.run, 'executed', passed);
      return passed;
    case 'failed':
      reportEnd(going.run, 'failed', passed);
      return passed;
    case 'asks':
      return asks(work, about, going, passed);
    case 'task':
      return theirs(work, about, { ...going, turn: 0 }, passed);
    case 'unreadable':
      return written({ jsonrpc: '2.0', id, ...unreadable(era) });
  }
}

/** The server wants something of the client first: its state goes down sealed in ours, for one next leg of this very action. */
function asks(
  work: Work,
  { caller }: About,
  { run, turn, at, matter }: Going,
  { message }: Received<Response>,
): Received<Response> {
  if (!('result' in message)) throw new TypeError('an error asks for nothing');
  const own = message.result['requestState'];
  const until = work.now() + work.times.openMs;
  work.open.put({ run, turn: turn + 1, until });
  const requestState = sealState(work, {
    kind: 'server',
    agent: caller.agent,
    server: at,
    actionId: run.actionId,
    matter: matter(),
    turn: turn + 1,
    until,
    ...(typeof own === 'string' ? { theirs: own } : {}),
  });
  return written({ ...message, result: { ...message.result, requestState } });
}

/** An answer that is too large to pass on did run: that is said instead. */
function bounded({ caller, mounted }: About, passed: Received<Response>): Received<Response> {
  if (passed.text.length <= mounted.maxResultBytes) return passed;
  const text = `EXECUTED, but the result is larger than ${mounted.maxResultBytes} bytes and is not passed on. Do not repeat the call for its effect; ask for less.`;
  const { id } = passed.message;
  return written({
    jsonrpc: '2.0',
    id,
    ...complete(caller.era, { content: [{ type: 'text', text }], isError: true }),
  });
}
