import type { DelegationItem, DelegationList } from '@countersign/api';
import { parseDuration } from '@countersign/core';
import { createTransport } from '@countersign/sdk';
import { Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { folded } from '../fold.ts';
import { plain, table } from '../text.ts';

const MINE = '/v1/me/delegations';

/** Who answers for whom. A change is sent once: a person decides to try again. */
function delegations(call: Call) {
  const { json } = createTransport(identityOf(call, 'person'));
  return {
    get: (path: string): Promise<DelegationList> => json({ method: 'GET', path, tries: 3 }),
    send: (path: string, body: object): Promise<DelegationItem> =>
      json({ method: 'POST', path, body }),
  };
}

/** Those of the caller, or everybody's. */
export const list: Run = async (call) => {
  const { io } = call;
  const after = call.text('after');
  if (after !== undefined && !call.has('all')) throw new Usage('`--after` goes with `--all`');
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
  const found = await delegations(call).get(call.has('all') ? `/v1/delegations${query}` : MINE);
  if (call.has('json')) io.out(`${JSON.stringify(found)}\n`);
  else if (found.items.length === 0) io.out('nobody answers for anybody\n');
  else {
    const rows = table([HEADER, ...found.items.map(row)]);
    io.out(io.isTty.out ? folded(rows, io.columns()) : rows);
  }
  if (found.next !== undefined) io.err(`more: --after ${found.next}\n`);
  return EXIT.done;
};

const HEADER = ['ID', 'STATE', 'AWAY', 'ANSWERS', 'BEGINS', 'ENDS', 'GROUPS'];

const row = ({ id, state, from, to, begins, ends, groups }: DelegationItem): readonly string[] => [
  plain(id),
  state,
  plain(from),
  plain(to),
  begins,
  ends,
  groups ? plain(groups.join(', ')) : 'all',
];

function tell(call: Call, item: DelegationItem): number {
  const { id, from, to, state, ends } = item;
  const does = state === 'ended' ? 'answers no more for' : 'answers for';
  const until = state === 'ended' ? '' : ` until ${ends}`;
  const line = `${plain(to)} ${does} ${plain(from)}${until} (${state}, ${plain(id)})\n`;
  call.io.out(call.has('json') ? `${JSON.stringify(item)}\n` : line);
  return EXIT.done;
}

/** Lets somebody answer for the caller. */
export const grant: Run = async (call) => {
  const [to = ''] = call.words;
  const groups = call.list('group');
  const named = ['from', 'reason', 'begins'].flatMap((name) => {
    const value = call.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return tell(
    call,
    await delegations(call).send(MINE, {
      to,
      ends: endOf(call),
      ...(groups.length > 0 && { groups }),
      ...Object.fromEntries(named),
    }),
  );
};

function endOf(call: Call): string {
  const [ends, length] = [call.text('ends'), call.text('for')];
  if ((ends === undefined) === (length === undefined))
    throw new Usage('say until when with `--ends`, or how long with `--for`');
  if (ends !== undefined) return ends;
  const ms = parseDuration(length ?? '');
  if (ms === undefined) throw new Usage('`--for` is a duration such as 8h or 14d');
  const begins = call.text('begins');
  return new Date((begins === undefined ? Date.now() : Date.parse(begins)) + ms).toISOString();
}

/** Ends it at once. */
export const end: Run = async (call) =>
  tell(
    call,
    await delegations(call).send(
      `/v1/delegations/${encodeURIComponent(call.words[0] ?? '')}/end`,
      {},
    ),
  );
