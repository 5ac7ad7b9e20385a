import type { OpenGlassList, WaiverItem, WaiverList } from '@countersign/api';
import { parseDuration } from '@countersign/core';
import { createTransport, type ActionStatus } from '@countersign/sdk';
import { Failure, Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { folded } from '../fold.ts';
import { approvalIdOf } from '../gateway.ts';
import { statusText } from '../status-text.ts';
import { field, plain, table } from '../text.ts';
import { personsGateway } from './approvals.ts';

/** Waivers as a person sees them. A change is sent once: a person decides to try again. */
function waiversOf(call: Call) {
  const { url, json } = createTransport(identityOf(call, 'person'));
  return {
    url,
    all: (): Promise<WaiverList> => json({ method: 'GET', path: '/v1/waivers', tries: 3 }),
    open: (): Promise<OpenGlassList> => json({ method: 'GET', path: '/v1/break-glass', tries: 3 }),
    post: <T>(path: string, body: object): Promise<T> =>
      json({ method: 'POST', path, body, headers: { 'countersign-channel': 'terminal' } }),
  };
}

const needed = (call: Call, name: string, what: string): string => {
  const value = call.text(name);
  if (value === undefined) throw new Usage(`\`--${name}\` is missing: ${what}`);
  return value;
};

const HEADER = ['ID', 'STATE', 'USED', 'UNTIL', 'AGENT', 'YOU', 'WHAT'];

const row = ({ id, state, used, uses, until, agent, may, view }: WaiverItem): readonly string[] => [
  id,
  state,
  `${used} of ${uses}`,
  until,
  plain(agent),
  may.endorse ? 'endorse' : may.revoke ? 'revoke' : '',
  plain(view?.headline ?? '(erased)'),
];

/** Waivers of the last month, newest first. */
export const list: Run = async (call) => {
  const { io } = call;
  const found = await waiversOf(call).all();
  if (call.has('json')) io.out(`${JSON.stringify(found)}\n`);
  else if (found.items.length === 0) io.out('no waivers\n');
  else {
    const rows = table([HEADER, ...found.items.map(row)]);
    io.out(io.isTty.out ? folded(rows, io.columns()) : rows);
  }
  return EXIT.done;
};

/** Everything of a waiver that is endorsed. */
function waiverText(item: WaiverItem): string {
  const { view, requirements, endorsedBy } = item;
  const demands = requirements.map(
    ({ groups, have, need, assurance }) =>
      `${have} of ${need} of ${groups.join(' or ')} (${assurance})`,
  );
  return [
    `${item.state}  ${plain(view?.headline ?? '(erased)')}\n`,
    field('waiver', item.id),
    field('approval', item.approvalId),
    field('agent', plain(item.agent)),
    view ? field('arguments', plain(JSON.stringify(view.arguments))) : '',
    view ? field('may differ', scopeText(view.scope)) : '',
    field('until', item.until),
    field('uses', `${item.used} of ${item.uses}`),
    view ? field('reason', `"${plain(view.reason)}" (${plain(item.by)}’s words)`) : '',
    demands.length > 0 ? field('endorsed', ...demands.map(plain)) : '',
    endorsedBy.length > 0 ? field('by', plain(endorsedBy.join(', '))) : '',
    item.revokedBy === undefined ? '' : field('revoked', `by ${plain(item.revokedBy)}`),
    field('seen', item.termsDigest),
  ].join('');
}

const scopeText = (scope: unknown): string => {
  const text = JSON.stringify(scope);
  return text === '{}' ? 'nothing: exactly this action again' : plain(text);
};

function tell(call: Call, item: WaiverItem): number {
  const { io } = call;
  const text = waiverText(item);
  const shown = io.isTty.out ? folded(text, io.columns()) : text;
  io.out(call.has('json') ? `${JSON.stringify(item)}\n` : shown);
  return EXIT.done;
}

/** Asks that the likes of a request need not be asked about for a while. */
export const propose: Run = async (call) => {
  const gateway = personsGateway(call);
  const approvalId = await approvalIdOf(gateway, call.words[0] ?? '', 'all');
  const ms = parseDuration(needed(call, 'for', 'how long, as in 8h'));
  const uses = Number(needed(call, 'uses', 'how often at most'));
  const reason = needed(call, 'reason', 'why it need not be asked about');
  if (ms === undefined || !Number.isInteger(uses) || uses < 1)
    throw new Usage('`--for` is a duration such as 8h, `--uses` a number from 1');
  const { version, seenDigest } = await gateway.page(approvalId);
  const scope = scopeOf(call.text('scope'));
  const body = { approvalId, version, seenDigest, scope, ms, uses, reason };
  return tell(call, await waiversOf(call).post<WaiverItem>('/v1/waivers', body));
};

function scopeOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}') as unknown;
  } catch {
    throw new Usage('`--scope` is JSON, as in {"destination":{"prefix":"s3://reports/"}}');
  }
}

/** The whole id of a waiver, and the waiver. */
async function waiverIn(call: Call): Promise<WaiverItem> {
  const text = (call.words[0] ?? '').replace(/^…/, '');
  const hits = (await waiversOf(call).all()).items.filter(({ id }) => id.endsWith(text));
  const [only] = hits;
  if (only && hits.length === 1 && text.length >= 4) return only;
  throw new Failure('not-found', `\`${text}\` is not the end of exactly one waiver`, {
    exitCode: EXIT.usage,
    hint: 'see `countersign waivers list`',
  });
}

/** Says yes to a waiver, by the digest of the terms that were read. */
export const endorse: Run = async (call) => {
  const item = await waiverIn(call);
  const seen = call.text('seen');
  if (item.may.needs !== undefined && item.may.needs !== 'chat')
    throw new Failure(
      'assurance-too-low',
      `this needs \`${item.may.needs}\`: a terminal is not enough`,
      {
        hint: `endorse it at ${waiversOf(call).url}/waivers`,
      },
    );
  if (seen === undefined) {
    tell(call, item);
    throw new Failure('seen-missing', 'nothing was endorsed', {
      exitCode: EXIT.usage,
      hint: 'read the terms, then pass --seen with the digest that stands under them',
    });
  }
  if (seen !== item.termsDigest)
    throw new Failure('seen-mismatch', 'what you saw is not what is endorsed');
  const path = `/v1/waivers/${item.id}/endorse`;
  return tell(call, await waiversOf(call).post<WaiverItem>(path, { termsDigest: seen }));
};

/** Ends a waiver. */
export const revoke: Run = async (call) => {
  const { id } = await waiverIn(call);
  const reason = call.text('reason');
  const body = reason === undefined ? {} : { reason };
  return tell(call, await waiversOf(call).post<WaiverItem>(`/v1/waivers/${id}/revoke`, body));
};

/** Broken glass that waits for its review. */
export const openGlasses: Run = async (call) => {
  const { io } = call;
  const open = await waiversOf(call).open();
  if (call.has('json')) io.out(`${JSON.stringify(open)}\n`);
  else if (open.items.length === 0) io.out('no broken glass waits for its review\n');
  else
    io.out(
      table([
        ['APPROVAL', 'BY', 'DUE'],
        ...open.items.map(({ approvalId, by, reviewBy, isOverdue }) => [
          approvalId,
          plain(by),
          `${reviewBy}${isOverdue ? ' OVERDUE' : ''}`,
        ]),
      ]),
    );
  return EXIT.done;
};

/** Says whether it was justified that somebody broke the glass. */
export const reviewGlass: Run = async (call) => {
  const { io } = call;
  const approvalId = await approvalIdOf(personsGateway(call), call.words[0] ?? '', 'all');
  const finding = needed(call, 'finding', 'justified or not-justified');
  const note = needed(call, 'note', 'what you found');
  const path = `/v1/approvals/${approvalId}/break-glass-review`;
  const done = await waiversOf(call).post<{ status: ActionStatus }>(path, { finding, note });
  io.out(call.has('json') ? `${JSON.stringify(done.status)}\n` : statusText(io, done.status));
  return EXIT.done;
};
