import { quoteClaim } from '@countersign/core';
import { answered, invalid, type Body } from './answer.ts';
import { asAnswered, atServer, conclude, said, whereItIs } from './conclude.ts';
import { execute } from './execute.ts';
import { sightAll } from './list.ts';
import { membersOf, textOf } from './members.ts';
import type { Received, Request } from './message.ts';
import { WAIT_TOOL } from './names.ts';
import type { About, Answered } from './parts.ts';
import type { NotRun } from './result.ts';
import { matterOf, openState, type State } from './state.ts';
import type { Tool } from './tools.ts';
import { waitFor } from './wait-tool.ts';
import type { Asked, Work } from './work.ts';

/** One `tools/call`: judged, held while people are asked, run when it may, answered in words when it may not. */
export async function call(
  work: Work,
  { message: request }: Received<Request>,
  about: About,
): Promise<Answered> {
  const asked = read(request, about);
  if ('error' in asked) return answered(request.id, asked);
  const state = stateOf(work, asked);
  if (state === 'foreign')
    return answered(request.id, invalid('`requestState` is not one of yours'));
  if (state?.kind === 'server') return goneOn(work, asked, state);
  if (state) return heldAgain(work, asked, state);
  if (asked.tool === WAIT_TOOL) return waitFor(work, asked);
  return begin(work, asked);
}

function read(request: Request, about: About): Asked | Extract<Body, { error: unknown }> {
  const params = request.params ?? {};
  const tool = textOf(params['name']);
  const given = membersOf(params['arguments'] ?? {});
  if (tool === undefined || !given)
    return {
      error: {
        code: -32_602,
        message: '`tools/call` wants a `name`, and `arguments` as an object',
      },
    };
  const isModern = about.caller.era === 'modern';
  const inputResponses = isModern ? membersOf(params['inputResponses']) : undefined;
  const requestState = isModern ? textOf(params['requestState']) : undefined;
  const leg = {
    ...(inputResponses ? { inputResponses } : {}),
    ...(requestState === undefined ? {} : { requestState }),
  };
  return { request, about, at: about.mounted.name, tool, arguments: given, leg, turn: 0 };
}

function stateOf(work: Work, { about, tool, arguments: given, leg }: Asked) {
  if (leg.requestState === undefined) return undefined;
  const { agent } = about.caller;
  const expected = { agent, server: about.mounted.name, matter: matterOf(tool, given) };
  return openState(work, leg.requestState, expected) ?? ('foreign' as const);
}

/** A call as it comes: from here on it is an action of the house. */
async function begin(work: Work, asked: Asked): Promise<Answered> {
  const { caller, mounted } = asked.about;
  const tool = await toolOf(work, asked);
  if (tool?.standing !== 'accepted') return said(asked, whyUnfit(tool, asked.tool));
  const admission = await work.house.admit({
    agent: caller.agent,
    server: mounted.name,
    tool: tool.name,
    pin: tool.pin,
    arguments: asked.arguments,
    ...(caller.session === undefined ? {} : { session: caller.session }),
  });
  return conclude(work, asked, admission);
}

/** The next leg of a call that its server did not finish: the same action, so nobody is asked again. */
async function goneOn(
  work: Work,
  asked: Asked,
  { actionId, turn, theirs }: State,
): Promise<Answered> {
  const { inputResponses } = asked.leg;
  const leg = {
    ...(inputResponses ? { inputResponses } : {}),
    ...(theirs === undefined ? {} : { requestState: theirs }),
  };
  const run = work.open.take(actionId, turn);
  // INVARIANT: a leg is gone on from once. One that was used, or is of another process, is a new action, judged anew (R4)
  if (!run) return asked.tool === WAIT_TOOL ? waitFor(work, asked) : begin(work, { ...asked, leg });
  const there = await atServer(asked, run.server);
  return asAnswered(asked, await execute(work, { ...there, leg, turn }, run));
}

/** The next leg of a call that people are asked about. */
async function heldAgain(work: Work, asked: Asked, { actionId, turn }: State): Promise<Answered> {
  const { agent, signal } = asked.about.caller;
  const { inputResponses } = asked.leg;
  const leg = inputResponses ? { inputResponses } : {};
  const admission = await work.house.wait(agent, actionId, { ms: 0, signal });
  return whereItIs(work, { ...asked, leg, turn }, admission);
}

/** The tool as it is known; a server that was never asked is asked now. */
async function toolOf(work: Work, { about, tool }: Asked): Promise<Tool | undefined> {
  const { name } = about.mounted;
  const known = work.tools.find(name, tool);
  if (known) return known;
  await sightAll(work, about);
  return work.tools.find(name, tool);
}

const SUSPENDED = {
  changed: 'This tool changed after it was reviewed, and waits for another review.',
  new: 'This tool appeared after the server was reviewed, and waits for its own review.',
  unreviewed: 'This tool waits for its first review.',
  refused: 'People refused this tool as it is now.',
} as const;

function whyUnfit(tool: Tool | undefined, name: string): NotRun {
  if (!tool)
    return {
      outcome: 'refused',
      reasonCode: 'unknown-tool',
      why: `This server lists no tool \`${quoteClaim(name)}\`.`,
      next: 'Ask for the list of tools.',
      retry: 'after-change',
    };
  return {
    outcome: 'refused',
    reasonCode: 'tool-suspended',
    why: SUSPENDED[tool.because ?? 'unreviewed'],
    next: 'It may be called again once people have accepted it. Do not report success.',
    retry: 'later',
  };
}
