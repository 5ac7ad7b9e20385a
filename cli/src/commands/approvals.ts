import type { ApprovalItem } from '@countersign/api';
import { Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { folded } from '../fold.ts';
import { approvalIdOf, openGateway, type Gateway } from '../gateway.ts';
import { pageText } from '../page-text.ts';
import { duration, field, plain, table } from '../text.ts';

/** The gateway with the token of the person who calls. */
export const personsGateway = (call: Call): Gateway => openGateway(identityOf(call, 'person'));

/** Requests for a decision, newest first. */
export const list: Run = async (call) => {
  const { io } = call;
  const state = call.has('all') ? 'all' : 'pending';
  const limit = Number(call.text('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new Usage('`--limit` is a number from 1 to 100');
  const before = call.text('before');
  const found = await personsGateway(call).list({ state, limit, ...(before ? { before } : {}) });
  if (call.has('json')) io.out(`${JSON.stringify(found)}\n`);
  else if (found.items.length === 0)
    io.out(state === 'pending' ? 'nothing waits for a decision\n' : 'no requests\n');
  else {
    const rows = table([HEADER, ...found.items.map((item) => row(item, io.now()))]);
    io.out(io.isTty.out ? folded(rows, io.columns()) : rows);
  }
  if (found.next !== undefined) io.err(`older ones: --before ${found.next}\n`);
  return EXIT.done;
};

const HEADER = ['ID', 'STATE', 'RISK', 'ENDS', 'YOU', 'AGENT', 'WHAT'];

function row(item: ApprovalItem, now: number): readonly string[] {
  const { approvalId, state, risk, agent, headline, expiresAt, may } = item;
  const left = Date.parse(expiresAt) - now;
  const ends = state === 'pending' ? duration(left) : '';
  // ids sort by time, so requests of one hour begin alike; the ends differ
  return [
    `…${approvalId.slice(-8)}`,
    state,
    risk,
    ends,
    state === 'pending' ? mayText(may) : '',
    plain(agent),
    plain(headline),
  ];
}

function mayText({ vote, confirm, because }: ApprovalItem['may']): string {
  if (vote) return 'approve';
  return confirm ? 'confirm' : (because ?? '');
}

/** One request with everything needed to decide. */
export const show: Run = async (call) => {
  const { io } = call;
  const gateway = personsGateway(call);
  const page = await gateway.page(await approvalIdOf(gateway, call.words[0] ?? '', 'all'));
  if (call.has('json')) io.out(`${JSON.stringify(page)}\n`);
  else io.out(pageText(io, page, io.isTty.out) + seenText(page.seenDigest));
  return EXIT.done;
};

const seenText = (seenDigest: string): string => `\n${field('seen', seenDigest)}`;
