import type { Desk } from '@countersign/core';
import type { Admitted } from './account.ts';
import { connectBlocks, helpBlocks, inboxOf, said } from './inbox.ts';
import type { Interaction } from './interaction.ts';
import type { Loose } from './read.ts';
import { answerOf } from './say.ts';

/** Slack gives up after three seconds. */
const LONGEST_MS = 2_500;

export type CommandParts = {
  readonly desk: Desk;
  readonly admit: (interaction: Interaction) => Promise<Admitted>;
};

/** Answers `/countersign`: what waits, the way to connect, or how it is used. Nothing is decided by a command. */
export async function commandOf(
  { desk, admit }: CommandParts,
  command: Extract<Interaction, { readonly kind: 'command' }>,
): Promise<Loose> {
  const word = command.words.trim().toLowerCase();
  if (word === 'connect')
    return answerOf(connectBlocks(desk.pages.connect), 'Connect your account');
  if (word !== '' && word !== 'inbox') return answerOf(helpBlocks(desk.pages), 'How it is used');
  const late = answerOf(said('That took too long. Open the inbox in the console.'), 'Too slow');
  return within(LONGEST_MS, late, async () =>
    answerOf(await inboxOf(await admit(command), desk), 'What waits for you'),
  );
}

/** What the work comes to in time; otherwise, and where it fails, what is said instead. */
async function within<T>(ms: number, otherwise: T, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, otherwise);
  });
  try {
    return await Promise.race([work().catch(() => otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}
