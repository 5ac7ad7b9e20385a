import type { ActionStatus } from '@countersign/sdk';
import { EXIT, exitOf } from './exit.ts';
import { folded } from './fold.ts';
import type { Io } from './io.ts';
import { describe } from './progress.ts';
import { field, plain, styleOf } from './text.ts';

/** An action as a person reads it in a terminal. */
export function statusText(io: Io, status: ActionStatus): string {
  const { bold, green, red } = styleOf(io);
  const { state, type, resource, reasons, reviewerNote, retry, retryAt, outcome, gitCommit } =
    status;
  const colour = exitOf(state) === EXIT.done ? green : exitOf(state) === EXIT.denied ? red : bold;
  const text = [
    `${colour(state)}  ${plain(`${type} on ${resource.type}::${resource.id}`)}\n`,
    field('action', status.id),
    status.approvalId === undefined ? '' : field('approval', status.approvalId),
    state === 'pending' ? field('waits', describe(status)) : '',
    reasons.length > 0 ? field('why', ...reasons.map(plain)) : '',
    state === 'unsatisfiable'
      ? field('nobody', 'too few of those who may be asked are neither excluded nor inactive')
      : '',
    reviewerNote === undefined
      ? ''
      : field('note', `"${plain(reviewerNote)}" (a reviewer's words)`),
    status.successor === undefined ? '' : field('became', status.successor),
    status.expiresAt !== undefined && state === 'pending' ? field('expires', status.expiresAt) : '',
    status.useBy === undefined ? '' : field('use by', status.useBy),
    outcome === undefined ? '' : field('outcome', plain(outcomeText(outcome))),
    status.closedAs === undefined ? '' : field('closed as', status.closedAs),
    status.drill === undefined ? '' : field('this was', `a drill: ${status.drill}`),
    status.because === undefined ? '' : field('not asked', NOT_ASKED[status.because]),
    status.waivedBy === undefined
      ? ''
      : field('waived', `by ${status.waivedBy.join(', ')}: nobody was asked`),
    status.brokenGlass === undefined ? '' : field('glass', glassText(status.brokenGlass)),
    retry === undefined
      ? ''
      : field('retry', `${retry}${retryAt === undefined ? '' : ` (${retryAt})`}`),
    field('policy', `${status.policyDigest}${gitCommit === undefined ? '' : ` at ${gitCommit}`}`),
    field('digest', status.digest),
  ].join('');
  return io.isTty.out ? folded(text, io.columns()) : text;
}

const NOT_ASKED: Readonly<Record<NonNullable<ActionStatus['because']>, string>> = {
  agent: 'this agent has too many requests waiting: wait for answers, or cancel some',
  session: 'this session has too many requests waiting: wait for answers, or cancel some',
  owner: 'the agents of its owner have too many requests waiting: wait for answers',
  reviewers: 'those who decide were asked enough for now',
  locked: 'people denied what is like it too often; rewording it does not help',
};
const glassText = ({
  by,
  reason,
  reviewBy,
  finding,
}: NonNullable<ActionStatus['brokenGlass']>): string =>
  plain(
    `BROKEN by ${by}: "${reason}"; ${finding === undefined ? `to be reviewed by ${reviewBy}` : `reviewed: ${finding}`}`,
  );

const outcomeText = ({
  outcome,
  exitCode,
  repeats,
  summary,
}: NonNullable<ActionStatus['outcome']>): string =>
  [
    outcome,
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(repeats === undefined ? [] : [`ran ${repeats} more times under the same permission`]),
    ...(summary ? [summary] : []),
  ].join(', ');
