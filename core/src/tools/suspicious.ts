import { visible } from '../masking/visible.ts';
import type { Json } from '../json.ts';
import type { ToolDefinition } from './definition.ts';

/** What is odd about a definition. Facts for policy and for reviewers: each may raise what is asked for, none lowers it. */
export const SUSPICIONS = [
  'hidden-characters',
  'lookalike-characters',
  'orders-to-the-model',
  'names-other-tools',
  'names-secrets',
] as const;
export type Suspicion = (typeof SUSPICIONS)[number];

// emoji are drawn: what joins and styles them is no hiding place
const EMOJI =
  /\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?(?:\u200d\p{Extended_Pictographic}\ufe0f?)*/gu;
const HIDDEN =
  /[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?![\t\n\r])\p{Cc}/u;
const ALL_HIDDEN = new RegExp(HIDDEN.source, 'gu');

// what is told of attacks on models by tool descriptions; each reads at most a line
const ORDERS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules?|prompts?|polic(?:y|ies)|guidelines?)\b/,
  /\b(?:do not|don['’]t|never|without)\b.{0,30}\b(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|notify(?:ing)?|reveal(?:ing)?|ask(?:ing)?|show(?:ing)?)\b.{0,40}\b(?:user|human|person|anyone|anybody|confirmation|permission)\b/,
  /<\/?\s*(?:important|system|instructions?|secret|hidden|assistant|admin)\b[^>]{0,40}>/,
  /\b(?:system prompt|hidden instruction|you are now|new instructions)\b/,
  /\b(?:before|instead of|prior to|after)\b.{0,20}\b(?:using|calling|invoking|running)\b.{0,20}\b(?:this|any|every|other|another|all)\b.{0,20}\btools?\b/,
  /\b(?:you|assistant|model|agent) (?:must|shall|have to|need to) (?:always|first|never|also|not)\b/,
];

const SECRETS =
  /(?:~|\$home|\/home\/\w+|\/root)\/\.\w+|\bid_(?:rsa|ed25519|ecdsa)\b|\.ssh\b|\.aws\/|(?:^|[\s/"'`])\.env\b|\bmcp\.json\b|\/etc\/(?:passwd|shadow)\b|\b(?:private|ssh|api) keys?\b.{0,40}\b(?:read|send|pass|include|contents?)\b|\b(?:read|send|pass|include|contents? of)\b.{0,40}\b(?:private|ssh|api) keys?\b/;

/** Why a definition is odd, in the order of `SUSPICIONS`; nothing where it is not. `others` are names of tools of the same server. */
export function suspicionsIn(
  definition: ToolDefinition,
  others: Iterable<string>,
): readonly Suspicion[] {
  const texts = textsIn(definition).map((text) => text.replaceAll(EMOJI, ''));
  const plain = texts.map(read);
  const found: Readonly<Record<Suspicion, boolean>> = {
    'hidden-characters': texts.some((text) => HIDDEN.test(text)),
    'lookalike-characters': texts.some((text) => visible(text).lookalikes.length > 0),
    'orders-to-the-model': plain.some((text) => ORDERS.some((order) => order.test(text))),
    'names-other-tools': namesOther(definition, texts, others),
    'names-secrets': plain.some((text) => SECRETS.test(text)),
  };
  return SUSPICIONS.filter((code) => found[code]);
}

/** A text as a model reads it: folded, nothing between the letters, on one line. */
const read = (text: string): string =>
  text.normalize('NFKC').replaceAll(ALL_HIDDEN, '').replaceAll(/\s+/g, ' ').toLowerCase();

/** Every text in a value, names of members too: a model reads them all. */
function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return Object.entries(value).flatMap(([name, one]) => [name, ...textsIn(one)]);
}

/** Names that are words of every day are only meant where they are quoted. */
function namesOther(
  { name }: ToolDefinition,
  texts: readonly string[],
  others: Iterable<string>,
): boolean {
  const tokens = new Set(texts.flatMap((text) => text.match(/[\w.-]*\w/g) ?? []));
  const quoted = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/["'`“‘]([\w./-]{1,128})["'`”’]/g)].map(([, one = '']) => one),
    ),
  );
  for (const other of others)
    if (other !== name && (quoted.has(other) || (isCoined(other) && tokens.has(other))))
      return true;
  return false;
}

const isCoined = (name: string): boolean => name.length > 3 && /[^a-z]/.test(name.slice(1));
