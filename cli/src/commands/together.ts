import type { ApprovalPage, DecidedTogether, VotingItem } from '@countersign/api';
import { batchOf, MOST_IN_BATCH, phraseOf, type View } from '@countersign/core';
import { Failure, Usage, type Call } from '../command.ts';
import { EXIT, exitOfRefusal } from '../exit.ts';
import { approvalIdOf, type Gateway } from '../gateway.ts';
import { pageText } from '../page-text.ts';
import { ask } from '../prompt.ts';
import { shownView } from '../shown-view.ts';
import { plain, table } from '../text.ts';

type Shown = { readonly page: ApprovalPage; readonly view: View };

/** Answers several requests, each shown whole, each decided for itself (M9). */
export async function answerTogether(
  call: Call,
  gateway: Gateway,
  choice: 'approve' | 'deny',
): Promise<number> {
  const shown = await allShown(call, gateway);
  const items = shown.map(({ page, view }): VotingItem & { approvalId: View['approvalId'] } => ({
    approvalId: view.approvalId,
    version: page.version,
    seenDigest: page.seenDigest,
  }));
  if (!(await isMeant(call, shown, choice, phraseOf(batchOf(items).digest)))) {
    call.io.err('nothing was decided\n');
    return EXIT.failed;
  }
  const reason = call.text('reason');
  const done = await gateway.together({
    choice,
    items,
    ...(reason === undefined ? {} : { reason }),
  });
  return told(call, shown, done);
}

async function allShown({ words }: Call, gateway: Gateway): Promise<readonly Shown[]> {
  if (words.length > MOST_IN_BATCH)
    throw new Usage(`at most ${MOST_IN_BATCH} requests are answered at once`);
  const ids = await Promise.all(words.map((word) => approvalIdOf(gateway, word, 'pending')));
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new Usage(`\`${twice}\` is named twice`);
  const pages = await Promise.all(ids.map((id) => gateway.page(id)));
  return pages.map((page) => ({ page, view: shownView(page) }));
}

/** Whether the person means all of them: by the digests of what they saw, or by a code of exactly this set. */
async function isMeant(
  { io, has, text }: Call,
  shown: readonly Shown[],
  choice: 'approve' | 'deny',
  phrase: string,
): Promise<boolean> {
  if (has('yes')) {
    const seen = (text('seen') ?? '').split(',');
    if (seen.join() === shown.map(({ page }) => page.seenDigest).join()) return true;
    throw new Failure('seen-mismatch', 'what you saw is not what is asked now', {
      exitCode: EXIT.usage,
      hint: 'pass --seen with the digest of each, in the same order, separated by commas',
    });
  }
  if (!io.isTty.in || !io.isTty.err)
    throw new Failure('no-terminal', 'nobody can be asked here: this is no terminal', {
      exitCode: EXIT.usage,
      hint: 'pass --yes --seen DIGEST,DIGEST; countersign approvals show ID prints each as `seen`',
    });
  for (const [i, { page }] of shown.entries())
    io.err(`${i + 1} of ${shown.length}\n${pageText(io, page, true)}\n`);
  const asked = `To ${choice} these ${shown.length} (phrase of all: ${phrase}), type its last 4 letters [no]: `;
  const typed = await ask(io, asked);
  return typed?.trim().toLowerCase() === phrase.slice(-4);
}

function told({ io, has }: Call, shown: readonly Shown[], done: DecidedTogether): number {
  const rows = done.items.map((item, i) => [
    `…${item.approvalId.slice(-8)}`,
    'status' in item ? item.status.state : `refused (${item.problem.code})`,
    plain(shown[i]?.view.headline ?? ''),
  ]);
  io.out(has('json') ? `${JSON.stringify(done)}\n` : table(rows));
  const refused = done.items.flatMap((item) => ('problem' in item ? [item.problem] : []))[0];
  return refused ? exitOfRefusal({ ...refused, retryable: refused.status === 503 }) : EXIT.done;
}
