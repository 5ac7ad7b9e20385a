import type { Digest, Suspicion, ToolView, WhySuspended } from '@countersign/core';
import { z } from 'zod';
import { digest, json, moment, name } from './field.ts';

const because: z.ZodType<WhySuspended> = z.enum(['changed', 'new', 'unreviewed']);
const standing = z.enum(['accepted', 'suspended', 'refused']);

/** The tools that an MCP server lists, complete, told by the agent that uses it. */
export type TellingTools = {
  readonly server: string;
  readonly tools: readonly { readonly [member: string]: unknown }[];
};
export const tellingTools: z.ZodType<TellingTools> = z.strictObject({
  server: name,
  tools: z.array(z.record(z.string(), json)).max(1_024),
});

/** Where each tool stands. One that is not listed here cannot be pinned, and may not be used. */
export type ToldTools = {
  readonly tools: readonly {
    readonly name: string;
    readonly pin: Digest;
    readonly standing: 'accepted' | 'suspended';
    readonly because?: WhySuspended | 'refused';
  }[];
};
export const toldTools: z.ZodType<ToldTools> = z.strictObject({
  tools: z.array(
    z.strictObject({
      name: z.string(),
      pin: digest,
      standing: z.enum(['accepted', 'suspended']),
      because: z.enum(['changed', 'new', 'unreviewed', 'refused']).exactOptional(),
    }),
  ),
});

/** One definition that a tool had, by its pin. */
export type ToolPin = {
  readonly pin: Digest;
  readonly standing: 'accepted' | 'suspended' | 'refused';
  readonly sightedAt: string;
  readonly because?: WhySuspended;
  /** The agent that told of it, where the gateway did not see it itself. */
  readonly toldBy?: string;
  readonly review?: {
    readonly choice: 'accept' | 'refuse';
    readonly by: string;
    readonly at: string;
    readonly reason?: string;
  };
};
const toolPin: z.ZodType<ToolPin> = z.strictObject({
  pin: digest,
  standing,
  sightedAt: moment,
  because: because.exactOptional(),
  toldBy: z.string().exactOptional(),
  review: z
    .strictObject({
      choice: z.enum(['accept', 'refuse']),
      by: z.string(),
      at: moment,
      reason: z.string().exactOptional(),
    })
    .exactOptional(),
});

/** A tool: how it was seen last, and every definition it ever had, oldest first. */
export type ToolItem = {
  readonly server: string;
  readonly tool: string;
  readonly offered: Digest;
  readonly standing: ToolPin['standing'];
  readonly because?: WhySuspended;
  readonly pins: readonly ToolPin[];
};
const itemMembers = {
  server: z.string(),
  tool: z.string(),
  offered: digest,
  standing,
  because: because.exactOptional(),
  pins: z.array(toolPin),
};
const toolItem: z.ZodType<ToolItem> = z.strictObject(itemMembers);

/** Tools of MCP servers, those that wait for a review first. */
export type ToolList = {
  readonly items: readonly ToolItem[];
  /** How many there are, where not all of them are listed. */
  readonly total: number;
  readonly names: Readonly<Record<string, string>>;
};
export const toolList: z.ZodType<ToolList> = z.strictObject({
  items: z.array(toolItem),
  total: z.int(),
  names: z.record(z.string(), z.string()),
});

/** A tool with what is reviewed of it: `seenDigest` commits to `view`, member for member. */
export type ToolPage = ToolItem & {
  readonly view: ToolView;
  readonly seenDigest: Digest;
  /** All of the definition as text, with nothing hidden in it. */
  readonly definition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly may: { readonly review: boolean };
};
const change = z.strictObject({
  path: z.string(),
  is: z.enum(['added', 'removed', 'changed']),
  before: z.string().exactOptional(),
  after: z.string().exactOptional(),
  pieces: z
    .array(z.strictObject({ is: z.enum(['same', 'added', 'removed']), text: z.string() }))
    .exactOptional(),
});
const suspicion: z.ZodType<Suspicion> = z.enum([
  'hidden-characters',
  'lookalike-characters',
  'orders-to-the-model',
  'names-other-tools',
  'names-secrets',
]);
const view: z.ZodType<ToolView> = z.strictObject({
  v: z.literal(1),
  server: z.string(),
  tool: z.string(),
  pin: digest,
  standing,
  because: because.exactOptional(),
  was: digest.exactOptional(),
  changes: z.array(change),
  suspicions: z.array(suspicion),
});
export const toolPage: z.ZodType<ToolPage> = z.strictObject({
  ...itemMembers,
  view,
  seenDigest: digest,
  definition: z.string(),
  names: z.record(z.string(), z.string()),
  may: z.strictObject({ review: z.boolean() }),
});

/** A person's answer about one definition, by the digest of what they saw. */
export type ReviewingTool = {
  readonly server: string;
  readonly tool: string;
  readonly pin: Digest;
  readonly choice: 'accept' | 'refuse';
  readonly seenDigest: Digest;
  readonly reason?: string;
};
export const reviewingTool: z.ZodType<ReviewingTool> = z.strictObject({
  server: name,
  tool: name,
  pin: digest,
  choice: z.enum(['accept', 'refuse']),
  seenDigest: digest,
  reason: z.string().trim().min(1).max(500).exactOptional(),
});
