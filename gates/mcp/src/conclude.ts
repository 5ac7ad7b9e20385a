import { complete, written, type Body } from './answer.ts';
import { execute } from './execute.ts';
import { heldTask } from './held-task.ts';
import { hold } from './hold/hold.ts';
import type { Admission, CallStatus } from './house.ts';
import type { Ran } from './kept.ts';
import { sightAll, type Sighted } from './list.ts';
import { APPROVAL_META, WAIT_TOOL } from './names.ts';
import type { Answered } from './parts.ts';
import { mayHaveRun, notExecuted, notRunOf, refusedBy, ticketOf, type NotRun } from './result.ts';
import { matterOf, sealState } from './state.ts';
import { takesTasks } from './task-id.ts';
import type { Asked, Work } from './work.ts';

/** What the house said becomes an answer, at once or after a hold. */
export async function conclude(work: Work, asked: Asked, admission: Admission): Promise<Answered> {
  switch (admission.is) {
    case 'released':
      return asAnswered(asked, await execute(work, asked, admission.run));
    case 'ready':
      return redeemed(work, asked, admission.status);
    case 'held':
      return held(work, asked, admission.status);
    case 'ended':
      return over(work, asked, admission.status);
    case 'refused':
      return said(asked, refusedBy(admission));
  }
}

/** What is waited for may be for another server than the one that was asked. */
export async function whereItIs(work: Work, asked: Asked, admission: Admission): Promise<Answered> {
  const server = 'status' in admission ? admission.status.server : undefined;
  const there = await atServer(asked, server ?? asked.at);
  if (server === undefined || there.about.mounted.name === server)
    return conclude(work, there, admission);
  return said(asked, {
    outcome: 'refused',
    reasonCode: 'other-server',
    why: `That approval is for the server \`${server}\`; call \`countersign_wait\` there.`,
    retry: 'after-change',
  });
}

/** The same request with the way to another server, where there is one. */
export async function atServer(asked: Asked, server: string): Promise<Asked> {
  const { about } = asked;
  if (about.mounted.name === server) return asked;
  return { ...asked, about: { ...about, ...(await about.to?.(server)) } };
}

/** Stays with the caller for one leg of the ladder; then a further leg, or the ticket. */
async function held(work: Work, asked: Asked, status: CallStatus): Promise<Answered> {
  const { request, about, turn } = asked;
  if (takesTasks(about.caller))
    return asAnswered(asked, notBegun(asked, heldTask(work, asked, status)));
  const came = await hold(work, { request, about, status, round: turn });
  if (came.is === 'decided') return conclude(work, asked, came.admission);
  if (came.is === 'over' && came.mayGoOn && about.caller.era === 'modern')
    return asAnswered(asked, anotherLeg(work, asked, came.status));
  return said(asked, ticketOf(came.status, work.urlOf));
}

/** A client of the modern era comes back by itself with what it is given here. */
function anotherLeg(work: Work, asked: Asked, status: CallStatus): Ran {
  const { about, tool, turn } = asked;
  const { approvalId, state, expiresAt } = status;
  const until = expiresAt === undefined ? work.now() + work.times.openMs : Date.parse(expiresAt);
  const requestState = sealState(work, {
    kind: 'held',
    agent: about.caller.agent,
    server: asked.at,
    actionId: status.id,
    matter: matterOf(tool, asked.arguments),
    turn: turn + 1,
    // an expired request is told as expired, not as a state nobody knows
    until: until + work.times.keptMs,
  });
  return notBegun(asked, {
    result: {
      resultType: 'input_required',
      requestState,
      ...(approvalId === undefined
        ? {}
        : { _meta: { [APPROVAL_META]: { id: approvalId, status: state } } }),
    },
  });
}

/** A yes is there, and somebody waits for it: it is spent by one step, and what comes of it is for all who wait. */
async function redeemed(work: Work, asked: Asked, status: CallStatus): Promise<Answered> {
  const { caller } = asked.about;
  const known = work.kept.find(caller.agent, status.id);
  if (known) return asAnswered(asked, await known);
  // a server may have changed its tools while people thought about it, or be away: then nothing is spent
  const sighted = await sightAll(work, asked.about);
  if (sighted === 'gone') return { is: 'gone' };
  const stop = whyNotRedeemed(work, asked, sighted);
  if (stop) return said(asked, stop);
  return asAnswered(
    asked,
    await work.kept.once(caller.agent, status.id, async () => {
      const admission = await work.house.redeem(caller.agent, status.id);
      if (admission.is === 'released') return execute(work, asked, admission.run);
      return notBegun(asked, unredeemed(work, asked, admission));
    }),
  );
}

/** INVARIANT: whoever is gone begins nothing; the yes stays for a live request until its use-by. */
function whyNotRedeemed(
  { tools }: Work,
  { about, tool }: Asked,
  sighted: Sighted,
): NotRun | undefined {
  if (about.caller.signal.aborted)
    return { outcome: 'pending', reasonCode: 'caller-gone', why: 'The caller was gone.' };
  if (sighted === 'unreachable')
    return {
      outcome: 'approved',
      reasonCode: 'server-unreachable',
      why: 'It is approved, but the server cannot be reached.',
      next: 'Repeat the identical call later; the approval holds for a while. Do not report success.',
      retry: 'later',
    };
  if (tool === WAIT_TOOL || tools.find(about.mounted.name, tool)?.standing === 'accepted')
    return undefined;
  return {
    outcome: 'refused',
    reasonCode: 'tool-changed',
    why: 'It was approved, but the tool changed meanwhile, and waits for another review.',
    retry: 'later',
  };
}

function unredeemed(
  work: Work,
  { about }: Asked,
  admission: Exclude<Admission, { is: 'released' }>,
): Body {
  const { era } = about.caller;
  switch (admission.is) {
    case 'held':
    case 'ready':
      return notExecuted(era, ticketOf(admission.status, work.urlOf));
    case 'ended':
      return endOf(work, about.caller.era, admission.status);
    case 'refused':
      return notExecuted(era, refusedBy(admission));
  }
}

/** It is settled. What ran here for this agent is told once more; everything else by its own word (R10). */
async function over(work: Work, asked: Asked, status: CallStatus): Promise<Answered> {
  const { agent, era } = asked.about.caller;
  const known = work.kept.find(agent, status.id);
  if (known) return asAnswered(asked, await known);
  return asAnswered(asked, notBegun(asked, endOf(work, era, status)));
}

function endOf(work: Work, era: Asked['about']['caller']['era'], status: CallStatus): Body {
  switch (status.state) {
    case 'executing':
    case 'unknown':
      return mayHaveRun(era, 'The call was begun elsewhere, and its result is not here.');
    case 'executed':
    case 'failed':
      return complete(era, {
        content: [
          {
            type: 'text',
            text: `ALREADY RUN (${status.state}). The result of this call was given to whoever waited for it and is not kept any longer. Do not repeat it for its effect.`,
          },
        ],
        isError: true,
      });
    default:
      return notExecuted(era, notRunOf(status, work.urlOf));
  }
}

/** An answer in which nothing was begun. */
const notBegun = ({ request }: Asked, body: Body): Ran => ({
  is: 'answered',
  response: written({ jsonrpc: '2.0', id: request.id, ...body }),
  isBegun: false,
});

/** Says why it did not run. */
export const said = (asked: Asked, notRun: NotRun): Answered =>
  asAnswered(asked, notBegun(asked, notExecuted(asked.about.caller.era, notRun)));

/** What a run came to, addressed to whoever asks now. */
export function asAnswered({ request }: Asked, ran: Ran): Answered {
  if (ran.is !== 'answered') return ran;
  const { message } = ran.response;
  const isOurs = message.id === request.id;
  return {
    is: 'answered',
    response: isOurs ? ran.response : written({ ...message, id: request.id }),
  };
}
