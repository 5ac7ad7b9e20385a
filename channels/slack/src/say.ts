import type { Block } from './blocks.ts';
import { lintBlocks } from './lint.ts';
import { escaped } from './render.ts';
import type { Call } from './web.ts';

/** Says something that only one person sees, in a conversation the app is in. */
export async function sayTo(
  call: Call,
  to: { readonly channel: string; readonly user: string },
  blocks: readonly Block[],
  text: string,
): Promise<void> {
  if (lintBlocks(blocks, 'message') !== undefined) return;
  const inert = { parse: 'none', link_names: false };
  await call('chat.postEphemeral', { ...to, ...inert, blocks, text: escaped(text.slice(0, 300)) });
}

/** An answer to a command, seen by whoever gave it. */
export const answerOf = (
  blocks: readonly Block[],
  text: string,
): Readonly<Record<string, unknown>> => ({
  response_type: 'ephemeral',
  text: escaped(text),
  ...(lintBlocks(blocks, 'message') === undefined ? { blocks } : {}),
});
