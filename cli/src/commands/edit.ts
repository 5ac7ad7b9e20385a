import type { Json } from '@countersign/sdk';
import { readArguments } from '../arguments.ts';
import { Failure, Usage, type Run } from '../command.ts';
import { EXIT, exitOf } from '../exit.ts';
import { approvalIdOf } from '../gateway.ts';
import { statusText } from '../status-text.ts';
import { personsGateway } from './approvals.ts';

/** Asks for other arguments: a new action and a new request; votes are void and the editor may not vote on it. */
export const edit: Run = async (call) => {
  const { io } = call;
  if (call.text('args') === undefined && call.list('arg').length === 0)
    throw new Usage('give the new arguments with `--args` or `--arg`');
  const gateway = personsGateway(call);
  const approvalId = await approvalIdOf(gateway, call.words[0] ?? '', 'pending');
  const { version, view } = await gateway.page(approvalId);
  const shown = (view?.action.arguments ?? {}) as Readonly<Record<string, Json>>;
  if (call.text('args') === undefined && JSON.stringify(shown).includes('‹'))
    throw new Failure('masked', 'some arguments are masked here, so they cannot be kept', {
      exitCode: EXIT.usage,
      hint: 'give all of them with `--args`',
    });
  const status = await gateway.edit(approvalId, version, await readArguments(call, shown));
  io.out(call.has('json') ? `${JSON.stringify(status)}\n` : statusText(io, status));
  return status.state === 'pending' ? EXIT.done : exitOf(status.state);
};
