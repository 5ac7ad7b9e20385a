import type { ApprovalPage } from '@countersign/api';
import type { View } from '@countersign/core';
import { folded } from './fold.ts';
import type { Io } from './io.ts';
import { duration, field, jsonLines, plain, styleOf } from './text.ts';

/**
 * A request as a reviewer reads it: facts, the exact action, why, who is asked, who is excluded, digest and phrase,
 * expiry, and the agent's own words last, labelled (R8).
 */
export function pageText(io: Io, page: ApprovalPage, isTty: boolean): string {
  const text = wholeText(io, page);
  return isTty ? folded(text, io.columns()) : text;
}

function wholeText(io: Io, page: ApprovalPage): string {
  const { view, votes, may, status } = page;
  const { bold, dim } = styleOf(io);
  if (!view) return `${status.state}: what was shown was erased; it can be verified but not read\n`;
  return [
    `${bold(plain(view.headline))}\n\n`,
    ...view.details.map(({ label, value }) => field(plain(label), plain(value))),
    field('risk', view.risk),
    field('inspected', INSPECTED[view.inspectable]),
    actionText(view),
    '\n',
    ...view.why.map(({ text, policies }) =>
      field('why', `${plain(text)} ${dim(`(${policies.join(', ')})`)}`),
    ),
    ...view.asks.map((one) => field('asked', askText(view, one))),
    ...alsoAsked(page, view),
    ...view.excluded.map(({ human, because }) =>
      field('excluded', `${plain(human)}: ${plain(because)}`),
    ),
    ...votes.map(({ person, choice, assurance, at, reason }) =>
      field(
        'answered',
        plain(
          `${person}: ${choice} at ${at} (${assurance})${reason === undefined ? '' : `, "${reason}"`}`,
        ),
      ),
    ),
    '\n',
    field('agent', plain(agentText(view))),
    field('digest', view.digest),
    field('phrase', bold(view.phrase)),
    field('state', status.state),
    field('expires', expiryText(io, view)),
    field('you', mayText(may)),
    view.complete ? '' : '\n  Not everything of this action can be shown here.\n',
    claimText(view),
  ].join('');
}

/** Who may answer besides by now: members of groups it was escalated to, and whoever stands for one who is away. */
function alsoAsked(
  { requirements = [], standIns = [] }: Partial<ApprovalPage>,
  { asks }: View,
): readonly string[] {
  const first = new Set(asks.flatMap(({ groups }) => groups));
  const later = new Set(
    requirements.flatMap(({ groups }) => groups.filter((one) => !first.has(one))),
  );
  return [
    ...(later.size === 0 ? [] : [field('escalated', `to ${plain([...later].join(', '))}`)]),
    ...standIns.map((one) =>
      field('stands in', plain(`${one.person} for ${one.for} until ${one.until}`)),
    ),
  ];
}

const INSPECTED = {
  full: 'full: the action is shown as it will run',
  partial: 'partial: parts of the action are not understood',
  none: 'none: what this will do cannot be told from it',
} as const;

function actionText({ action, follows }: View): string {
  const { type, resource, id } = action;
  return [
    `\n${field('action', plain(`${type} on ${resource.type}::${resource.id}`), id)}`,
    follows === undefined ? '' : field('an edit of', follows),
    jsonLines(action.arguments)
      .map((line) => `    ${line}\n`)
      .join(''),
  ].join('');
}

function askText(
  { onBehalfOf, owner }: View,
  { kind, groups, quorum, assurance, stage }: View['asks'][number],
): string {
  const who =
    kind === 'confirm'
      ? `${onBehalfOf ?? owner} confirms (a confirmation, not an approval)`
      : `${quorum} of ${groups.join(' or ')}`;
  return plain(`${who}, at least by ${assurance}${stage > 1 ? `, stage ${stage}` : ''}`);
}

const agentText = ({ agent, owner, onBehalfOf }: View): string =>
  `${agent}, owned by ${owner}${onBehalfOf === undefined ? '' : `, acting for ${onBehalfOf}`}`;

function expiryText(io: Io, { expiresAt }: View): string {
  const left = expiresAt - io.now();
  return `${new Date(expiresAt).toISOString()} (${left > 0 ? `in ${duration(left)}` : 'over'})`;
}

function mayText({ vote, confirm, because }: ApprovalPage['may']): string {
  const verbs = [...(vote ? ['approve or deny'] : []), ...(confirm ? ['confirm'] : [])];
  return verbs.length > 0
    ? `may ${verbs.join(' and ')}`
    : `may not decide${because === undefined ? '' : `: ${plain(because)}`}`;
}

function claimText({ claim, said }: View): string {
  if (claim === undefined && said === undefined) return '';
  const words = [
    ...(claim === undefined ? [] : [`"${plain(claim)}"`]),
    ...(said === undefined ? [] : jsonLines(said)),
  ];
  return `\n  Agent's claim (unverified):\n${words.map((line) => `    > ${line}\n`).join('')}`;
}
