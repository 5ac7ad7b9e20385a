import type { Card, Digest, Shown, View } from '@countersign/core';
import { linkButton, plain, type Block } from './blocks.ts';
import { buttonValue } from './button.ts';
import { cut, oneLine } from './cutter.ts';
import { openLabel } from './words.ts';

/** What can be answered here: a yes only to what is shown whole and takes no more than a click (A7, A12). */
export function actionsOf(card: Card, seen: Digest, shown: Shown): readonly Block[] {
  const value = buttonValue(card, seen, shown);
  const mayApprove = card.isOpen && card.approve === 'one-click' && shown.complete;
  const elements = [
    ...(mayApprove ? [approve(card, value)] : []),
    ...(card.isOpen
      ? [{ type: 'button', action_id: 'deny', text: plain('Deny…'), style: 'danger', value }]
      : []),
    linkButton(openLabel(card.approve, card.isOpen, shown.complete), card.link),
  ];
  return [{ type: 'actions', elements }];
}

function approve({ view }: Card, value: string): Block {
  return {
    type: 'button',
    action_id: 'approve',
    text: plain('Approve'),
    style: 'primary',
    value,
    confirm: {
      type: 'confirm',
      title: plain('Approve exactly this?'),
      text: plain(cut(operationOf(view), 300)),
      confirm: plain('Approve'),
      deny: plain('Not yet'),
    },
  };
}

/** The operation and its target on one line. */
export const operationOf = ({ action }: View): string =>
  oneLine(`${action.type} on ${action.resource.type} ${action.resource.id}`);
