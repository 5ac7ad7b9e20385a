import { asList, asLoose, asText, type Loose } from './form.ts';

// Written down from the vendor's reference once more, and not shared with the channel: a mistake there shows here.
type Check = (block: Loose) => readonly string[];

const TEXTS = new Set(['plain_text', 'mrkdwn']);

/** What Slack would say against these blocks, as `response_metadata.messages`; nothing when it takes them. */
export function complaints(blocks: unknown, most: number): readonly string[] {
  if (!Array.isArray(blocks)) return ['must be a list [json-pointer:/blocks]'];
  if (blocks.length > most) return [`no more than ${most} items allowed [json-pointer:/blocks]`];
  const ids = asList(blocks).flatMap(({ block_id: id }) => (id === undefined ? [] : [asText(id)]));
  return [
    ...(new Set(ids).size < ids.length ? ['block_id is not unique'] : []),
    ...ids.filter((id) => id.length > 255).map(() => 'block_id is too long'),
    ...asList(blocks).flatMap((block, i) =>
      complaint(block).map((it) => `[ERROR] ${it} [json-pointer:/blocks/${i}]`),
    ),
  ];
}

/** Slack refuses messages beyond an amount of blocks it does not document. */
export const isTooLong = (blocks: unknown): boolean => JSON.stringify(blocks ?? []).length > 13_200;

function complaint(block: Loose): readonly string[] {
  const check = CHECKS[asText(block['type'])];
  return check ? check(block) : [`unsupported type: ${asText(block['type'])}`];
}

function text(value: unknown, most: number, types = TEXTS): readonly string[] {
  const { type, text: content } = asLoose(value);
  if (!types.has(asText(type))) return [`invalid text type ${asText(type)}`];
  if (asText(content) === '') return ['must be more than 0 characters'];
  return asText(content).length > most ? [`must be less than ${most + 1} characters`] : [];
}

const PLAIN = new Set(['plain_text']);

function some(value: unknown, most: number, check: Check): readonly string[] {
  const items = asList(value);
  if (items.length === 0) return ['no elements'];
  return items.length > most ? [`more than ${most} elements`] : items.flatMap(check);
}

const CHECKS: Readonly<Record<string, Check>> = {
  header: (block) => text(block['text'], 150, PLAIN),
  divider: () => [],
  section: (block) => [
    ...(block['text'] === undefined ? [] : text(block['text'], 3_000)),
    ...(block['fields'] === undefined ? [] : some(block['fields'], 10, (it) => text(it, 2_000))),
  ],
  context: (block) => some(block['elements'], 10, (it) => text(it, 3_000)),
  actions: (block) => some(block['elements'], 25, button),
  rich_text: (block) => some(block['elements'], Infinity, rich),
  input: (block) => [...text(block['label'], 2_000, PLAIN), ...field(asLoose(block['element']))],
};

const RICH = /^rich_text_(section|list|quote|preformatted)$/;

function rich(block: Loose): readonly string[] {
  if (!RICH.test(asText(block['type']))) return [`unsupported type: ${asText(block['type'])}`];
  return some(block['elements'], Infinity, ({ type, text: content, url }) => {
    if (type === 'text' && asText(content) === '') return ['must be more than 0 characters'];
    if (type === 'link' && !/^https?:/.test(asText(url))) return ['invalid url'];
    return [];
  });
}

function button(block: Loose): readonly string[] {
  if (block['type'] !== 'button') return [`unsupported type: ${asText(block['type'])}`];
  const confirm = asLoose(block['confirm']);
  return [
    ...text(block['text'], 75, PLAIN),
    ...(asText(block['action_id']).length > 255 ? ['action_id is too long'] : []),
    ...(asText(block['value']).length > 2_000 ? ['value is too long'] : []),
    ...(asText(block['url']).length > 3_000 ? ['url is too long'] : []),
    ...(block['confirm'] === undefined
      ? []
      : [
          ...text(confirm['title'], 100, PLAIN),
          ...text(confirm['text'], 300),
          ...text(confirm['confirm'], 30, PLAIN),
          ...text(confirm['deny'], 30, PLAIN),
        ]),
  ];
}

function field(element: Loose): readonly string[] {
  if (element['type'] !== 'plain_text_input') return ['unsupported element'];
  return Number(element['max_length'] ?? 3_000) > 3_000 ? ['max_length is too great'] : [];
}

/** What is wrong with a dialogue or a home tab. */
export function viewComplaints(view: Loose): readonly string[] {
  const isModal = view['type'] === 'modal';
  if (!isModal && view['type'] !== 'home') return ['unsupported view'];
  return [
    ...complaints(view['blocks'], 100),
    ...(asText(view['private_metadata']).length > 3_000 ? ['private_metadata is too long'] : []),
    ...(isModal ? [...text(view['title'], 24, PLAIN), ...text(view['submit'], 24, PLAIN)] : []),
  ];
}
