import type { Card, Desk } from '@countersign/core';
import type { Admitted } from './account.ts';
import { header, linkButton, richText, run, section, type Block } from './blocks.ts';
import { cut, oneLine } from './cutter.ts';
import { timeOf } from './words.ts';

/** What waits for whoever asks, as blocks: for the home tab, and for `/countersign`. */
export async function inboxOf(
  admitted: Admitted,
  { inbox, pages }: Pick<Desk, 'inbox' | 'pages'>,
): Promise<readonly Block[]> {
  if (admitted.is === 'foreign') return said('This app is not connected to this workspace.');
  if (admitted.is === 'refused') return said(admitted.because);
  if (admitted.is === 'unlinked') return connectBlocks(pages.connect);
  const cards = (await inbox(admitted.person)).slice(0, 20);
  const title = cards.length === 0 ? 'Nothing waits for you' : `${cards.length} waiting for you`;
  return [header(title), ...cards.flatMap(row), actions(linkButton('Open the inbox', pages.inbox))];
}

const row = ({ view, link }: Card): readonly Block[] => [
  richText(
    section(
      run(cut(oneLine(view.headline), 200) || view.action.type),
      run(`\n${view.risk} risk · asked for by ${cut(oneLine(view.agent), 60)} · `),
      run(`until ${timeOf(view.expiresAt)} · ${view.phrase}`),
    ),
  ),
  actions(linkButton('Review', link)),
];

const actions = (...elements: readonly Block[]): Block => ({ type: 'actions', elements });

/** A plain address, the same for everybody: a link with a secret in it could be forwarded. */
export const connectBlocks = (url: string): readonly Block[] => [
  richText(
    section(
      run('Connect your account', 'bold'),
      run(
        '\nSlack does not tell us for certain who you are. Sign in to the console once and connect this account; until then nothing you click here counts.',
      ),
    ),
  ),
  actions(linkButton('Connect your account', url)),
];

export const helpBlocks = ({ connect, inbox }: Desk['pages']): readonly Block[] => [
  richText(
    section(
      run('/countersign', 'bold'),
      run(' shows what waits for you. '),
      run('/countersign connect', 'bold'),
      run(
        ' connects this account. Every card has Approve where one click is enough, Deny with a reason, and the way to the console.',
      ),
    ),
  ),
  actions(linkButton('Open the inbox', inbox), linkButton('Connect your account', connect)),
];

export const said = (text: string): readonly Block[] => [richText(section(run(text)))];
