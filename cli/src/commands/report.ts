import type { ApprovalReport } from '@countersign/api';
import { createTransport } from '@countersign/sdk';
import type { Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { duration, field, plain, table } from '../text.ts';

/** Whether approvals are considered. */
export const report: Run = async (call) => {
  const query = new URLSearchParams();
  for (const name of ['from', 'to', 'group']) {
    const value = call.text(name);
    if (value !== undefined) query.set(name, value);
  }
  const { json } = createTransport(identityOf(call, 'person'));
  const path = `/v1/reports/approvals?${query.toString()}`;
  const found = await json<ApprovalReport>({ method: 'GET', path, tries: 3 });
  call.io.out(call.has('json') ? `${JSON.stringify(found)}\n` : textOf(found));
  return EXIT.done;
};

type Share = { readonly count: number; readonly of: number };

const share = ({ count, of }: Share): string =>
  of === 0 ? 'none' : `${count} of ${of} (${Math.round((count / of) * 100)} %)`;

const spread = ({ of, medianMs, p90Ms }: ApprovalReport['timeToDecision']): string =>
  medianMs === undefined
    ? 'none'
    : `${duration(medianMs)} median, ${duration(p90Ms ?? 0)} p90, of ${of}`;

const counts = (all: Readonly<Record<string, number>>): string =>
  Object.entries(all)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none';

function textOf(told: ApprovalReport): string {
  const { requests, fastApprovals, notAsked, drills, refused } = told;
  const { total, ...ends } = requests;
  const { catchRate, ...results } = drills;
  const names = (shares: ApprovalReport['channels']): readonly string[] =>
    shares.length === 0 ? ['none'] : shares.map((one) => `${plain(one.name)}: ${share(one)}`);
  return [
    `${told.from.slice(0, 16)} to ${told.to.slice(0, 16)} UTC, ${total} requests\n`,
    field('ended', counts(ends)),
    field('decided in', spread(told.timeToDecision)),
    field('denied', share(told.denials)),
    field('unanswered', share(told.unanswered)),
    field(
      'fast yeses',
      `${share(fastApprovals)}, above ${fastApprovals.charactersPerSecond} characters a second`,
    ),
    field('part seen', `${share(told.partialApprovals)}, yeses that did not see all: must be 0`),
    field('at once', share(told.inBatches)),
    field('channels', ...names(told.channels)),
    field('assurance', ...names(told.assurances)),
    field('groups', ...names(told.groups)),
    field('refused', `${refused.excluded} by R5, ${refused.inactive} inactive`),
    field('not asked', counts({ ...notAsked, joined: told.joined })),
    field('drills', counts(results), `catch rate ${share(catchRate)}`),
    '\n',
    table([['CHARACTERS', 'REQUESTS', 'DECIDED IN'], ...told.byLength.map(lengthRow)]),
    ...(told.reviewers.length === 0 ? [] : ['\n', table([REVIEWERS, ...reviewerRows(told)])]),
  ].join('');
}

const lengthRow = (bucket: ApprovalReport['byLength'][number]): readonly string[] => [
  bucket.below === undefined ? `from ${bucket.from}` : `${bucket.from} to ${bucket.below - 1}`,
  String(bucket.requests),
  spread(bucket),
];

const REVIEWERS = ['REVIEWER', 'ASKED', 'ANSWERED', 'MEDIAN'];

const reviewerRows = ({ reviewers, names }: ApprovalReport): readonly (readonly string[])[] =>
  reviewers.map(({ person, asked, answered, medianMs }) => [
    plain(names[person] ?? person),
    String(asked),
    String(answered),
    duration(medianMs),
  ]);
