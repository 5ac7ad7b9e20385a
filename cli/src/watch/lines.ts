import type { ApprovalItem } from '@countersign/api';
import type { Call } from '../command.ts';
import type { Gateway } from '../gateway.ts';
import type { Io } from '../io.ts';
import { duration, plain } from '../text.ts';
import { followChanges } from './changes.ts';

/** What comes to wait for the person and what goes, a line each; goes on until it is ended, or stops after the first look. */
export async function watchAsLines({ io, has }: Call, gateway: Gateway): Promise<number> {
  const tell = has('json') ? jsonLine : textLine;
  let before = new Map<string, ApprovalItem>();
  const look = async (): Promise<void> => {
    const { items } = await gateway.inbox();
    const now = new Map(items.map((item) => [item.approvalId, item]));
    for (const [id, item] of before) if (!now.has(id)) io.out(tell(io, 'gone', item));
    for (const [id, item] of now)
      if (isOther(before.get(id), item)) io.out(tell(io, 'waiting', item));
    before = now;
  };
  await look();
  return has('once') ? 0 : follow(io, gateway, look);
}

const isOther = (before: ApprovalItem | undefined, now: ApprovalItem): boolean =>
  before === undefined ||
  before.version !== now.version ||
  before.progress.have !== now.progress.have;

async function follow(io: Io, gateway: Gateway, look: () => Promise<void>): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const stop = new AbortController();
  const release = io.onInterrupt(ended.resolve);
  let isAway = false;
  let last = Promise.resolve();
  const follows = followChanges(gateway, stop.signal, (heard) => {
    if (heard.type === 'away') {
      if (!isAway) io.err(`${plain(heard.because)}; trying again\n`);
      isAway = true;
      return;
    }
    if (isAway) io.err('the gateway answers again\n');
    isAway = false;
    // one after the other: each tells what is new since the one before
    last = last.then(look).catch((error: unknown) => {
      if (!stop.signal.aborted) ended.reject(error);
    });
  });
  follows.catch(ended.reject);
  try {
    return await ended.promise;
  } finally {
    stop.abort();
    release();
  }
}

type What = 'waiting' | 'gone';

const jsonLine = (_io: Io, what: What, item: ApprovalItem): string =>
  `${JSON.stringify(what === 'waiting' ? { type: what, item } : { type: what, approvalId: item.approvalId })}\n`;

function textLine(io: Io, what: What, item: ApprovalItem): string {
  const { approvalId, risk, agent, headline, expiresAt, progress } = item;
  if (what === 'gone') return `- ${approvalId}\n`;
  const left = duration(Date.parse(expiresAt) - io.now());
  const count = `${progress.have}/${progress.need}`;
  return `+ ${approvalId}  ${risk}  ${left}  ${count}  ${plain(agent)}  ${plain(headline)}\n`;
}
