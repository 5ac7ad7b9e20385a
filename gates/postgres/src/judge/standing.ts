import type { QueryRun } from '../house.ts';
import type { TextFacts } from '../sql/facts.ts';
import type { Permit } from './judge.ts';

/** What a verdict was given under; when one of them is another, it stands no more. */
export type Ground = { readonly epoch: number; readonly generation: number };

/** One permission that stands for a moment (R1): one action, durable, under which its shape runs again and again. */
export type Standing = Ground & {
  readonly actionId: string;
  readonly since: number;
  readonly until: number;
  /** From then on a busy one is renewed. */
  readonly renewAt: number;
  /** Leave for one more run, counted. */
  readonly take: () => Permit;
  /** How the run went that it was asked for; where nobody asked, every run is taken. */
  readonly asked: QueryRun['report'];
  /** Nothing is taken any more; told when what runs has ended. */
  readonly end: () => void;
};

type Report = Parameters<QueryRun['report']>[0];

/** Longest that what still runs is waited for before the count is told. */
const GRACE_MS = 5_000;
/** The share of its time after which a busy one is renewed. */
const RENEW_AT = 0.6;

/**
 * Opens one. `isAsked`: the run it was asked for goes on now and will be told by `asked`; else it is made ahead, and the
 * first that is taken is that run.
 */
export function openStanding({
  run,
  facts,
  ground,
  now,
  ms,
  isAsked,
}: {
  readonly run: QueryRun;
  readonly facts: TextFacts;
  readonly ground: Ground;
  readonly now: number;
  readonly ms: number;
  readonly isAsked: boolean;
}): Standing {
  let taken = 0;
  let ran = 0;
  let failed = 0;
  let first: Report | undefined;
  let isOver = false;
  let isLate = false;
  let isTold = false;

  const tell = (): void => {
    if (isTold || !isOver || (isAsked && first === undefined) || (ran < taken && !isLate)) return;
    isTold = true;
    run.report(reportOf({ first, taken, failed }));
  };
  const permit: Permit = {
    facts,
    ran: (outcome) => {
      ran += 1;
      if (outcome === 'failed') failed += 1;
      if (isOver) tell();
    },
  };
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    tell();
    if (isTold) return;
    setTimeout(() => {
      isLate = true;
      tell();
    }, GRACE_MS).unref();
  };
  const timer = setTimeout(end, ms).unref();
  return {
    ...ground,
    actionId: run.actionId,
    since: now,
    until: now + ms,
    renewAt: now + ms * RENEW_AT,
    take: () => {
      taken += 1;
      return permit;
    },
    asked: (report) => {
      first ??= report;
      tell();
    },
    end,
  };
}

/** EV-24: how often it ran beyond the first time. In doubt it ran: what nobody told of is counted. */
function reportOf({
  first,
  taken,
  failed,
}: {
  readonly first: Report | undefined;
  readonly taken: number;
  readonly failed: number;
}): Report {
  if (!first && taken === 0) return { outcome: 'failed', summary: 'nothing ran under it' };
  const runs = first ? taken + 1 : taken;
  const lost = first?.outcome === 'failed' ? failed + 1 : failed;
  const outcome = lost === runs ? 'failed' : 'executed';
  const losses = lost === 0 || runs === 1 ? undefined : `${lost} of ${runs} runs failed`;
  const repeats = runs - 1;
  const summary = [first?.summary, losses].filter((one) => one !== undefined).join('; ');
  return {
    ...first,
    outcome,
    ...(summary === '' ? {} : { summary }),
    ...(repeats > 0 ? { repeats } : {}),
  };
}
