import type { Notice } from '@countersign/core';
import { header, linkButton, richText, run, section, type Block } from './blocks.ts';
import { cut, oneLine } from './cutter.ts';

const MOST_LINES = 20;

/** A notice as blocks: the headline, its lines, and the page about it. */
export function renderNotice({ headline, lines, link }: Notice): readonly Block[] {
  const body = lines
    .slice(0, MOST_LINES)
    .map((line, i) => `${i > 0 ? '\n' : ''}${cut(oneLine(line), 300)}`);
  return [
    header(cut(oneLine(headline) || 'Notice', 150)),
    ...(body.length > 0
      ? [richText(section(...body.filter(Boolean).map((line) => run(line))))]
      : []),
    ...(link === undefined
      ? []
      : [{ type: 'actions', elements: [linkButton('Open in console', link)] }]),
  ];
}
