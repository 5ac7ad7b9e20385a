import type { Block } from './blocks.ts';

export type Surface = 'message' | 'modal' | 'home';

const MOST_BLOCKS = { message: 50, modal: 100, home: 100 } as const;
/** Not in the vendor's documentation: messages of more than about 13,200 characters of blocks are refused. */
const MOST_BYTES = 12_000;
const RICH = new Set(['rich_text_section', 'rich_text_preformatted', 'rich_text_quote']);

type Rule = (block: Block) => string | undefined;

/** Why Slack would not take these blocks, or we would not send them; undefined when nothing is wrong. */
export function lintBlocks(blocks: readonly Block[], surface: Surface): string | undefined {
  if (blocks.length === 0 || blocks.length > MOST_BLOCKS[surface])
    return `${blocks.length} blocks in a ${surface}`;
  const ids = blocks.flatMap(({ block_id: id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size < ids.length) return 'a block_id twice';
  if (!ids.every((id) => isText(id, 255))) return 'a block_id of more than 255 characters';
  for (const block of blocks) {
    const problem = BLOCKS[block.type]?.(block);
    if (!BLOCKS[block.type]) return `a block of type ${block.type}`;
    if (problem) return `${block.type}: ${problem}`;
  }
  const bytes = Buffer.byteLength(JSON.stringify(blocks));
  return surface === 'message' && bytes > MOST_BYTES ? `${bytes} bytes of blocks` : undefined;
}

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && 'type' in value;

const listOf = (value: unknown): readonly Block[] =>
  Array.isArray(value) && value.every(isBlock) ? value : [];

/** R8, A6: never mrkdwn, never emoji: text is text. */
function plainText(value: unknown, most: number): string | undefined {
  if (!isBlock(value) || value.type !== 'plain_text') return 'text that is not plain_text';
  if (value['emoji'] !== false) return 'text in which emoji are made';
  return isText(value['text'], most) ? undefined : `text that is not of 1 to ${most} characters`;
}

function list(value: unknown, most: number, rule: Rule): string | undefined {
  const items = listOf(value);
  if (items.length === 0 || items.length > most) return `not 1 to ${most} elements`;
  return items.map(rule).find((problem) => problem !== undefined);
}

const BLOCKS: Readonly<Record<string, Rule>> = {
  header: (block) => plainText(block['text'], 150),
  rich_text: (block) => list(block['elements'], 100, rich),
  context: (block) => list(block['elements'], 10, (element) => plainText(element, 2_000)),
  actions: (block) => list(block['elements'], 25, button),
  divider: () => undefined,
  input: (block) =>
    plainText(block['label'], 2_000) ??
    (isBlock(block['element']) ? input(block['element']) : 'no element'),
};

function rich(block: Block): string | undefined {
  if (!RICH.has(block.type)) return `a ${block.type}`;
  return list(block['elements'], 500, (element) => {
    if (element.type === 'link') return isAddress(element['url']) ? undefined : 'a link to nowhere';
    if (element.type !== 'text') return `an element of type ${element.type}`;
    return isText(element['text'], 4_000) ? undefined : 'text that is not of 1 to 4000 characters';
  });
}

const isAddress = (value: unknown): boolean =>
  isText(value, 3_000) && /^https?:$/.test(URL.parse(value)?.protocol ?? '');

function button(block: Block): string | undefined {
  if (block.type !== 'button') return `a ${block.type}`;
  const { action_id: id, value, url, confirm } = block;
  if (!isText(id, 255)) return 'a button without action_id';
  if (value !== undefined && !isText(value, 2_000)) return 'a value of more than 2000 characters';
  if (url !== undefined && !isAddress(url)) return 'a button that opens nothing';
  return plainText(block['text'], 75) ?? (isBlock(confirm) ? dialog(confirm) : undefined);
}

const dialog: Rule = (block) =>
  plainText(block['title'], 100) ??
  plainText(block['text'], 300) ??
  plainText(block['confirm'], 30) ??
  plainText(block['deny'], 30);

function input(block: Block): string | undefined {
  const most = block['max_length'];
  if (block.type !== 'plain_text_input') return `a ${block.type}`;
  return typeof most === 'number' && most >= 1 && most <= 3_000 ? undefined : 'no max_length';
}
