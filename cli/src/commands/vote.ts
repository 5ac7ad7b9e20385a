import { PROBLEMS, type ApprovalPage } from '@countersign/api';
import type { View } from '@countersign/core';
import type { ActionStatus } from '@countersign/sdk';
import { Failure, type Call, type Run } from '../command.ts';
import { decideInBrowser } from '../elsewhere.ts';
import { EXIT, exitOfRefusal } from '../exit.ts';
import { approvalIdOf } from '../gateway.ts';
import { pageText } from '../page-text.ts';
import { ask } from '../prompt.ts';
import { shownView } from '../shown-view.ts';
import { statusText } from '../status-text.ts';
import { personsGateway } from './approvals.ts';
import { answerTogether } from './together.ts';

type Verb = 'approve' | 'deny' | 'confirm' | 'revoke';

/** Says yes, as a reviewer. */
export const approve: Run = (call) => answer(call, 'approve');
/** Says no: as a reviewer, or as the person the agent acts for. */
export const deny: Run = (call) => answer(call, 'deny');
/** Confirms, as the person the agent acts for; never an approval. */
export const confirm: Run = (call) => answer(call, 'confirm');

async function answer(call: Call, verb: Exclude<Verb, 'revoke'>): Promise<number> {
  const gateway = personsGateway(call);
  if (call.words.length > 1 && verb !== 'confirm') return answerTogether(call, gateway, verb);
  const approvalId = await approvalIdOf(gateway, call.words[0] ?? '', 'pending');
  const page = await gateway.page(approvalId);
  const view = shownView(page);
  // whatever is said from a terminal counts as `chat`; a no is safe however little is known of who says it
  if (verb !== 'deny' && page.may.needs !== undefined && page.may.needs !== 'chat')
    return decideInBrowser(call, gateway, approvalId);
  if (!(await isMeant(call, page, view, verb))) return declined(call);
  const isConfirmer = verb === 'confirm' || (verb === 'deny' && page.may.confirm && !page.may.vote);
  const reason = call.text('reason');
  const status = await gateway.answer(approvalId, isConfirmer ? 'confirmations' : 'votes', {
    choice: verb === 'deny' ? 'deny' : 'approve',
    version: page.version,
    seenDigest: page.seenDigest,
    ...(reason === undefined ? {} : { reason }),
  });
  return settled(call, status);
}

/** Takes an approval back before it runs. */
export const revoke: Run = async (call) => {
  const gateway = personsGateway(call);
  const approvalId = await approvalIdOf(gateway, call.words[0] ?? '', 'all');
  const page = await gateway.page(approvalId);
  if (!(await isMeant(call, page, shownView(page), 'revoke'))) return declined(call);
  return settled(call, await gateway.revoke(approvalId, call.text('reason')));
};

/** Whether the person means it: by the digest of what they saw, or by a code they type. Default: no. */
async function isMeant(call: Call, page: ApprovalPage, view: View, verb: Verb): Promise<boolean> {
  const { io } = call;
  if (verb !== 'deny' && verb !== 'revoke' && !view.complete)
    throw new Failure('incomplete', 'not everything of this action can be shown here');
  const seen = call.text('seen');
  if (seen !== undefined && seen !== page.seenDigest)
    throw new Failure('seen-mismatch', 'what you saw is not what is asked now', {
      hint: `read it again: countersign approvals show ${view.approvalId}`,
    });
  if (call.has('yes')) {
    if (seen !== undefined) return true;
    throw new Failure('seen-missing', '`--yes` needs `--seen` with the digest of what you saw', {
      exitCode: EXIT.usage,
      hint: `countersign approvals show ${view.approvalId} prints it as \`seen\``,
    });
  }
  if (!io.isTty.in || !io.isTty.err)
    throw new Failure('no-terminal', 'nobody can be asked here: this is no terminal', {
      exitCode: EXIT.usage,
      hint: `pass --yes --seen DIGEST; countersign approvals show ${view.approvalId} prints it as \`seen\``,
    });
  io.err(pageText(io, page, io.isTty.err));
  refuseInVain(page, verb);
  const code = view.phrase.slice(-4);
  const typed = await ask(io, `\nTo ${verb}, type the last 4 letters of the phrase [no]: `);
  return typed?.trim().toLowerCase() === code;
}

/** Nobody is asked for a decision that cannot count; the gateway would refuse it with the same code. */
function refuseInVain({ may }: ApprovalPage, verb: Verb): void {
  const isInVain =
    verb === 'confirm' ? !may.confirm : !may.vote && !(verb === 'deny' && may.confirm);
  // a no is taken at any assurance
  if (verb === 'deny' && may.because === 'assurance-too-low') return;
  const known = Object.entries(PROBLEMS).find(([code]) => code === may.because);
  if (verb === 'revoke' || !isInVain || !known) return;
  const [code, { title, hint, status }] = known;
  throw new Failure(code, `${title} (${code})`, {
    exitCode: exitOfRefusal({ code, status, retryable: false }),
    hint,
  });
}

function declined({ io, has }: Call): number {
  if (has('json'))
    io.out(`${JSON.stringify({ error: { code: 'declined', message: 'nothing was decided' } })}\n`);
  else io.err('nothing was decided\n');
  return EXIT.failed;
}

function settled({ io, has }: Call, status: ActionStatus): number {
  io.out(has('json') ? `${JSON.stringify(status)}\n` : statusText(io, status));
  return EXIT.done;
}
