import type { Card } from '@countersign/core';
import { plain, richText, run, section, type Block } from './blocks.ts';
import { readButton, type Pressed } from './button.ts';
import { readCopy, writeCopy, type Copy } from './copy.ts';
import { cut, oneLine } from './cutter.ts';
import { DENIAL, REASON } from './interaction.ts';

const MOST_REASON = 500;
type DenialView = Block & { readonly blocks: readonly Block[] };

/** The dialogue that asks why. What was pressed is kept in it, as Slack keeps it, and read again as strictly. */
export function denialView(card: Card, value: string, at: Copy): DenialView {
  return {
    type: 'modal',
    callback_id: DENIAL,
    private_metadata: `${writeCopy(at)} ${value}`,
    title: plain('Deny this request'),
    submit: plain('Deny'),
    close: plain('Back'),
    blocks: denialBlocks(card),
  };
}

const denialBlocks = (card: Card): readonly Block[] => [
  richText(
    section(
      run('You deny: ', 'bold'),
      run(cut(oneLine(card.view.headline), 300) || card.view.action.type),
      run(`\n${card.view.approvalId} · ${card.view.phrase}`),
    ),
  ),
  {
    type: 'input',
    block_id: REASON,
    label: plain('Why? The agent and the record are told.'),
    element: {
      type: 'plain_text_input',
      action_id: REASON,
      multiline: true,
      min_length: 1,
      max_length: MOST_REASON,
    },
  },
];

/** What the dialogue kept. */
export function readKept(kept: string): { pressed: Pressed; at: Copy } | undefined {
  const [copy = '', value, ...more] = kept.split(' ');
  const [at, pressed] = [readCopy(copy), readButton(value)];
  return at && pressed && more.length === 0 ? { at, pressed } : undefined;
}

/** Why a reason does not do, said beside its field. */
export function faultOf(reason: string): string | undefined {
  if (reason === '') return 'Say why.';
  return reason.length > MOST_REASON ? `At most ${MOST_REASON} characters.` : undefined;
}
