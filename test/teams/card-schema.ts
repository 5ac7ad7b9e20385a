// What a card may hold: Adaptive Cards 1.5 by the published schema and as the vendor's own parser reads it, and of that only what we use.
import { AdaptiveCard as Parsed, SerializationContext, Versions } from 'adaptivecards';
import { z } from 'zod';
import { againstSchema } from './published-schema.ts';

const text = z.string().min(1);
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text,
  weight: z.literal('Bolder').optional(),
  size: z.enum(['Small', 'Large']).optional(),
  color: z.enum(['Good', 'Warning', 'Attention', 'Accent']).optional(),
  isSubtle: z.literal(true).optional(),
  italic: z.literal(true).optional(),
  fontType: z.literal('Monospace').optional(),
});
const spaced = {
  spacing: z.enum(['None', 'Small', 'Medium', 'Large']).optional(),
  separator: z.boolean().optional(),
};
const richText = z.strictObject({
  type: z.literal('RichTextBlock'),
  inlines: z.array(textRun).min(1),
  ...spaced,
});
const input = z.strictObject({
  type: z.literal('Input.Text'),
  id: text,
  label: text,
  isMultiline: z.boolean(),
  isRequired: z.boolean(),
  errorMessage: text,
  maxLength: z.int().positive(),
});
const openUrl = z.strictObject({ type: z.literal('Action.OpenUrl'), title: text, url: z.url() });
const execute = z.strictObject({
  type: z.literal('Action.Execute'),
  title: text,
  verb: text,
  data: z.record(z.string(), z.unknown()),
  style: z.enum(['positive', 'destructive']).optional(),
});
const container = z.strictObject({
  type: z.literal('Container'),
  ...spaced,
  items: z.array(
    z.union([
      richText,
      z.strictObject({ type: z.literal('ActionSet'), actions: z.array(openUrl) }),
    ]),
  ),
});
const shownCard = z.strictObject({
  type: z.literal('AdaptiveCard'),
  version: z.literal('1.5'),
  body: z.array(z.union([richText, input])),
  actions: z.array(execute),
});
const card = z.strictObject({
  type: z.literal('AdaptiveCard'),
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  version: z.literal('1.5'),
  fallbackText: text,
  body: z.array(z.union([richText, container])).min(1),
  // a client shows six and hides the others
  actions: z
    .array(
      z.union([
        openUrl,
        execute,
        z.strictObject({ type: z.literal('Action.ShowCard'), title: text, card: shownCard }),
      ]),
    )
    .max(6)
    .optional(),
  refresh: z
    .strictObject({ action: execute, userIds: z.array(text).max(60).optional() })
    .optional(),
});

/** A button that answers. */
export type ExecuteAction = {
  readonly type: 'Action.Execute';
  readonly title: string;
  readonly verb: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** A card of the shape the bot may send, as far as tests reach into it. */
export type SentCard = {
  readonly type: 'AdaptiveCard';
  readonly body: readonly { readonly type: string }[];
  readonly actions?: readonly (
    | { readonly type: 'Action.OpenUrl'; readonly title: string; readonly url: string }
    | {
        readonly type: 'Action.ShowCard';
        readonly title: string;
        readonly card: { readonly actions: readonly ExecuteAction[] };
      }
    | ExecuteAction
  )[];
  readonly refresh?: { readonly action: ExecuteAction; readonly userIds?: readonly string[] };
};

const MOST_BYTES = 28 * 1024;

/** Everything that is wrong with a card; nothing where the vendor would take it as it is. */
export function wrongWith(value: unknown): readonly string[] {
  const checked = card.safeParse(value);
  const strict = checked.success
    ? []
    : checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const context = new SerializationContext(Versions.v1_5);
  const parsed = new Parsed();
  parsed.parse(value, context);
  const events = Array.from(
    { length: context.eventCount },
    (_, i) => context.getEventAt(i).message,
  );
  const invalid = parsed.validateProperties().validationEvents.map(({ message }) => message);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return [
    ...againstSchema(value),
    ...strict,
    ...events,
    ...invalid,
    ...(bytes > MOST_BYTES ? [`${bytes} bytes`] : []),
  ];
}
