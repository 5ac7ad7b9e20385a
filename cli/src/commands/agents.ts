import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AgentItem, IssuedKey } from '@countersign/api';
import { numberOf, profileOf } from '../agent-profile.ts';
import { openAgents, type AgentsGateway } from '../agents-gateway.ts';
import { Failure, Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { ask } from '../prompt.ts';
import { field, plain, table } from '../text.ts';

const gatewayOf = (call: Call): AgentsGateway => openAgents(identityOf(call, 'person'));

/** Exactly one JSON value, or text for people. */
function print({ io, has }: Call, value: object, text: string): number {
  io.out(has('json') ? `${JSON.stringify(value)}\n` : text);
  return EXIT.done;
}

/** Agents the caller may see. */
export const list: Run = async (call) => {
  const found = await gatewayOf(call).list();
  const rows = found.items.flatMap(rowsOf);
  const all = found.stopped
    ? `ALL AGENTS ARE STOPPED${found.stop?.reason === undefined ? '' : `: ${plain(found.stop.reason)}`}\n`
    : '';
  const none = 'no agents that you may see\n';
  const text =
    rows.length === 0 ? none : table([['AGENT', 'OWNER', 'STATE', 'KEY', 'ENDS'], ...rows]);
  return print(call, found, all + text);
};

function rowsOf(agent: AgentItem): readonly (readonly string[])[] {
  const { id, owner, keys } = agent;
  const good = keys.filter(({ revokedAt }) => revokedAt === undefined);
  const first = [plain(id), plain(owner), stateOf(agent)];
  const [one, ...more] = good.map((key) => [
    `${key.id} ${plain(key.name)}`,
    key.expiresAt.slice(0, 10),
  ]);
  return [[...first, ...(one ?? ['', ''])], ...more.map((key) => ['', '', '', ...key])];
}

function stateOf(agent: AgentItem): string {
  const { stopped, quarantined, isOwnerActive, pending, mostPending } = agent;
  if (stopped) return 'stopped';
  if (!isOwnerActive) return 'owner inactive';
  const waits = pending > 0 ? `${pending} of ${mostPending} waiting` : 'active';
  return quarantined ? 'quarantined' : waits;
}

/** One agent in words. */
const itemText = (agent: AgentItem): string =>
  [
    field('agent', plain(agent.id)),
    field('owner', plain(agent.owner)),
    field('state', stateOf(agent)),
    agent.stop?.reason === undefined ? '' : field('because', plain(agent.stop.reason)),
  ].join('');

const word = (call: Call, at = 0): string => call.words[at] ?? '';

export const register: Run = async (call) => {
  const { ownerTeam, spiffe, owner, ...rest } = profileOf(call);
  if (owner === undefined) throw new Usage('`--owner` says who answers for it');
  const given = {
    id: word(call),
    owner,
    ...rest,
    ...(typeof ownerTeam === 'string' ? { ownerTeam } : {}),
    ...(typeof spiffe === 'string' ? { spiffe } : {}),
  };
  const made = await gatewayOf(call).register(given);
  return print(call, made, itemText(made));
};

export const change: Run = async (call) => {
  const given = profileOf(call);
  if (Object.keys(given).length === 0) throw new Usage('nothing is to be different');
  const reason = call.text('reason');
  const changed = await gatewayOf(call).change(word(call), {
    ...given,
    ...(reason === undefined ? {} : { reason }),
  });
  return print(call, changed, itemText(changed));
};

export const key: Run = async (call) => {
  const days = daysOf(call);
  return hand(call, await gatewayOf(call).issue(word(call), { name: word(call, 1), ...days }));
};

export const rotate: Run = async (call) => {
  const overlap = call.text('overlap');
  const overlapHours = overlap === undefined ? {} : { overlapHours: numberOf('overlap', overlap) };
  return hand(call, await gatewayOf(call).rotate(word(call), { ...daysOf(call), ...overlapHours }));
};

function daysOf(call: Call): { readonly days?: number } {
  const days = call.text('days');
  return days === undefined ? {} : { days: numberOf('days', days) };
}

/** Shows a key, this once; or puts it into a file that was not there before. */
function hand(call: Call, issued: IssuedKey): number {
  const { id, key: secret, expiresAt, replaces } = issued;
  const out = call.text('out');
  const about = [
    field('key', id),
    field('ends', expiresAt),
    replaces ? field('replaces', `${replaces.id}, until ${replaces.expiresAt}`) : '',
  ].join('');
  if (out === undefined) return print(call, issued, `${secret}\n${about}`);
  const file = resolve(call.io.cwd, out);
  try {
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new Failure('not-written', `\`${file}\` cannot be written: ${String(cause)}`, {
      hint: `the key was issued and is lost: countersign agents revoke ${id}`,
    });
  }
  return print(
    call,
    { id, expiresAt, file, ...(replaces ? { replaces } : {}) },
    field('file', file) + about,
  );
}

/** Asks at a terminal; elsewhere `--yes` says so. */
async function sure(call: Call, what: string): Promise<void> {
  const { io } = call;
  if (call.has('yes')) return;
  if (!io.isTty.in || !io.isTty.err) throw new Usage(`pass --yes to ${what}`);
  const answer = await ask(io, `${what}? Type yes: `);
  if (answer !== 'yes') throw new Failure('not-confirmed', 'nothing was changed');
}

function reasonOf(call: Call): string {
  const reason = call.text('reason')?.trim();
  if (reason) return reason;
  throw new Usage('`--reason` says why; it becomes part of the ledger');
}

export const revoke: Run = async (call) => {
  await sure(call, `revoke ${plain(word(call))}`);
  const ended = await gatewayOf(call).revoke(word(call), call.text('reason'));
  return print(call, ended, field('revoked', ended.revokedAt));
};

export const retire: Run = async (call) => {
  await sure(call, `retire ${plain(word(call))} for good`);
  const gone = await gatewayOf(call).retire(word(call), call.text('reason'));
  return print(call, gone, field('retired', plain(gone.id)));
};

export const stop: Run = async (call) => {
  const stopped = await gatewayOf(call).stop(word(call), reasonOf(call));
  return print(call, stopped, itemText(stopped));
};

export const resume: Run = async (call) => {
  const reason = reasonOf(call);
  await sure(call, `let ${plain(word(call))} go on`);
  const going = await gatewayOf(call).resume(word(call), reason);
  return print(call, going, itemText(going));
};

const switching =
  (stopped: boolean, what: string): Run =>
  async (call) => {
    const reason = reasonOf(call);
    await sure(call, what);
    const state = await gatewayOf(call).switchAll(stopped, reason);
    return print(call, state, field('agents', state.stopped ? 'all are stopped' : 'may go on'));
  };
export const stopAll: Run = switching(true, 'stop every agent');
export const resumeAll: Run = switching(false, 'let all agents go on');
