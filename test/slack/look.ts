import type { Looked } from '@countersign/core/testing';
import { asList, asLoose, asText, type Loose } from './form.ts';
import type { FakeMessage, World } from './world.ts';

/** Everything there is to read in blocks, line by line. */
export const readBlocks = (blocks: readonly Loose[]): string =>
  blocks.map(readBlock).filter(Boolean).join('\n');

function readBlock(block: Loose): string {
  const parts = asList(block['elements']);
  switch (block['type']) {
    case 'header':
    case 'section':
      return asText(asLoose(block['text'])['text']);
    case 'context':
      return parts.map((it) => asText(it['text'])).join('\n');
    case 'actions':
      return parts.map((it) => `[${asText(asLoose(it['text'])['text'])}]`).join(' ');
    case 'rich_text':
      return parts
        .map((part) =>
          asList(part['elements'])
            .map((it) => asText(it['text']))
            .join(''),
        )
        .join('\n');
    case 'input':
      return asText(asLoose(block['label'])['text']);
    default:
      return '';
  }
}

/** Every object in a value, whatever is around it. */
function* objectsIn(value: unknown): Generator<Loose> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield asLoose(value);
  for (const member of Object.values(value)) yield* objectsIn(member);
}

export const buttonsOf = (blocks: readonly Loose[]): readonly Loose[] =>
  [...objectsIn(blocks)].filter(({ type }) => type === 'button');

const LIVELY = new Set(['user', 'usergroup', 'channel', 'broadcast', 'emoji', 'team', 'color']);

/** What Slack would make of texts, beyond showing them. */
function livelyIn(blocks: readonly Loose[], text: string, flags: Loose): readonly string[] {
  const found = [...objectsIn(blocks)].flatMap((it) => {
    const content = asText(it['text']);
    if (it['type'] === 'mrkdwn')
      return /[*_~`<]|https?:/.test(content) ? [`mrkdwn ${content}`] : [];
    if (it['type'] === 'plain_text' && it['emoji'] !== false)
      return /:\w+:/.test(content) ? [`emoji ${content}`] : [];
    return LIVELY.has(asText(it['type'])) ? [asText(it['type'])] : [];
  });
  const isDull = flags['parse'] === 'none' && String(flags['link_names']) === 'false';
  const isUnfurled =
    String(flags['unfurl_links']) !== 'false' || String(flags['unfurl_media']) !== 'false';
  return [
    ...found,
    ...(/<[!@#a-z]/i.test(text) ? [`fallback ${text}`] : []),
    ...(isDull ? [] : ['a text in which names and addresses are linked']),
    ...(isUnfurled ? ['previews of addresses'] : []),
  ];
}

/** A message as a person sees it. */
export function lookAt(message: FakeMessage, world: World): Looked {
  const { blocks, text, flags, ts } = message;
  const buttons = buttonsOf(blocks);
  const ids = buttons.map((it) => asText(it['action_id']));
  return {
    text: readBlocks(blocks),
    answers: (['approve', 'deny'] as const).filter((id) => ids.includes(id)),
    links: [...objectsIn(blocks)].flatMap(({ url }) => (typeof url === 'string' ? [url] : [])),
    active: livelyIn(blocks, text, flags),
    below: world.messages.filter((it) => it.thread_ts === ts).map((it) => readBlocks(it.blocks)),
  };
}
