import type { ApprovalReport } from '@countersign/api';
import { after, createReport, instant, toIso, type Instant } from '@countersign/core';
import { placesOf, scan } from '../scan.ts';
import { json, personOf, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { namesOf } from './names.ts';
import { refuse } from './refuse.ts';
import { isAdministrator, isAuditor } from './rights.ts';
import type { Sight } from './see.ts';

const DEFAULT_MS = 30 * 24 * 3_600_000;
const MOST_ENTRIES = 1_000_000;

type Range = { readonly from: Instant; readonly to: Instant; readonly group?: string };
type Here = Exchange<'approvalReport'>;

/** The report on approvals. One is made at a time: whoever asks meanwhile is told to come back. */
export function reportRoutes(sight: Sight): Pick<Handlers, 'approvalReport'> {
  let isRunning = false;
  return {
    approvalReport: async (exchange) => {
      if (!mayAudit(sight, exchange)) return refuse(exchange, 'auditors-only');
      const range = rangeOf(exchange, sight.parts.clock());
      if ('reply' in range) return range.reply;
      if (isRunning) return refuse(exchange, 'busy');
      isRunning = true;
      try {
        return await answer(sight, exchange, range);
      } finally {
        isRunning = false;
      }
    },
  };
}

/** Whether a person sees what concerns everybody: figures, never a decision. */
export function mayAudit({ access }: Sight, exchange: Pick<Exchange, 'caller'>): boolean {
  const person = personOf(exchange);
  return isAdministrator(person, access()) || isAuditor(person, access());
}

async function answer({ parts }: Sight, exchange: Here, range: Range): Promise<Reply> {
  const places = await placesOf(parts.store, range);
  const entries = places.end - places.first;
  if (entries > MOST_ENTRIES)
    return refuse(exchange, 'invalid-request', {
      path: '?from',
      detail: `the range holds ${entries} entries, at most ${MOST_ENTRIES} are read; ask for a shorter one`,
    });
  const { add, report } = createReport(range);
  await scan(parts.store, places, add);
  const figures = report();
  const { group } = range;
  const told: ApprovalReport = {
    from: toIso(range.from),
    to: toIso(range.to),
    ...(group === undefined ? {} : { group }),
    entries,
    ...figures,
    names: namesOf(
      parts.directory(),
      figures.reviewers.map(({ person }) => person),
    ),
  };
  return json(200, told);
}

function rangeOf(exchange: Here, now: Instant): Range | { readonly reply: Reply } {
  const { from, to, group } = exchange.query;
  const wrong = (path: string, detail: string) => ({
    reply: refuse(exchange, 'invalid-request', { path, detail }),
  });
  const end = to === undefined ? now : momentOf(String(to));
  if (end === undefined) return wrong('?to', NO_MOMENT);
  const start = from === undefined ? after(end, -DEFAULT_MS) : momentOf(String(from));
  if (start === undefined) return wrong('?from', NO_MOMENT);
  if (start >= end) return wrong('?from', 'must be before `to`');
  return { from: start, to: end, ...(group === undefined ? {} : { group: String(group) }) };
}

const NO_MOMENT = 'must be RFC 3339 with a zone, or a date: 2026-11-20T08:00:00Z, 2026-11-20';
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?$/;

function momentOf(text: string): Instant | undefined {
  const ms = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) || ms < 0 ? undefined : instant(ms);
}
