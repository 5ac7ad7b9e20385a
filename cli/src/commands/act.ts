import { parseDuration } from '@countersign/core';
import {
  createClient,
  isSettled,
  parseResource,
  Refused,
  type ActionStatus,
  type Client,
  type Proposal,
  type Released,
} from '@countersign/sdk';
import { readArguments } from '../arguments.ts';
import { Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { exitOf } from '../exit.ts';
import { statusText } from '../status-text.ts';
import { field, jsonLines } from '../text.ts';
import { waitShown } from '../waiting.ts';

/** Proposes an action, waits for its decision, spends its grant, exits by the verdict. */
export const act: Run = async (call) => {
  const timeoutMs = durationOf(call, 'timeout');
  const proposal = await proposalOf(call);
  const client = createClient(identityOf(call, 'agent'));
  const key = call.text('key');
  const proposed = await client.propose(proposal, key === undefined ? {} : { key });
  const isWaitedFor = proposed.state === 'pending' || proposed.state === 'superseded';
  if (!isWaitedFor || call.has('no-wait')) return finish(call, client, proposed);
  const { status, interruptedBy } = await waitShown(
    call.io,
    client,
    proposed,
    timeoutMs === undefined ? {} : { timeoutMs },
  );
  return interruptedBy === undefined
    ? finish(call, client, status)
    : (tell(call, status), interruptedBy);
};

async function proposalOf(call: Call): Promise<Proposal> {
  const [type = '', resourceText = ''] = call.words;
  const resource = parseResource(resourceText);
  if (!resource) throw new Usage(`\`${resourceText}\` is not of the form Type::id`);
  const [claim, onBehalfOf, session] = ['claim', 'on-behalf-of', 'session'].map(call.text);
  const startedBy = call.text('started-by');
  if (startedBy !== undefined && session === undefined)
    throw new Usage('`--started-by` needs `--session`');
  return {
    type,
    resource,
    arguments: await readArguments(call),
    ...(claim === undefined ? {} : { claim }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(session === undefined
      ? {}
      : { session: { id: session, ...(startedBy === undefined ? {} : { startedBy }) } }),
  };
}

/** What is left after the decision: spend our own grant, or see the executor through. */
async function finish(call: Call, client: Client, decided: ActionStatus): Promise<number> {
  const { state, grant } = decided;
  const isReady = state === 'allowed' || state === 'approved';
  if (!isReady || call.has('no-redeem')) return tell(call, decided);
  const isOurs = grant !== undefined && (await release(call, client, decided, grant));
  if (isOurs !== false) return isOurs;
  if (call.has('no-wait')) return tell(call, decided);
  let last = decided;
  for await (const status of client.events(decided.id)) {
    last = status;
    if (isSettled(status.state)) break;
  }
  return tell(call, last);
}

/** R4: the exit code 0 of one run lets one thing through, so the grant is spent before it is given. False: not ours to spend. */
async function release(
  call: Call,
  client: Client,
  decided: ActionStatus,
  grant: string,
): Promise<number | false> {
  try {
    return tell(call, decided, await client.redeem(grant));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === 'wrong-audience') return false;
    const now = await client.status(decided.id);
    if (!isSettled(now.state)) throw error;
    return tell(call, now);
  }
}

function tell({ io, has }: Call, status: ActionStatus, released?: Released): number {
  const code = exitOf(status.state);
  if (has('json')) {
    io.out(`${JSON.stringify(released ? { ...status, released } : status)}\n`);
    return code;
  }
  io.out(statusText(io, status));
  if (!released) return code;
  io.out(field('released', `run exactly this, once, before ${released.deadline}`));
  for (const line of jsonLines(released.arguments)) io.out(`    ${line}\n`);
  io.err(`then: countersign actions report ${status.id} executed|failed\n`);
  return code;
}

/** A duration option such as `30m` in milliseconds. */
export function durationOf(call: Call, option: string): number | undefined {
  const text = call.text(option);
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new Usage(`\`--${option} ${text}\` is no duration; write 90s, 30m, 2h`);
  return ms;
}
