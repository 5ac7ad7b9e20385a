import type { Run } from '../command.ts';
import { watchOnScreen } from '../watch/inbox.ts';
import { watchAsLines } from '../watch/lines.ts';
import { personsGateway } from './approvals.ts';

/** What waits for the person, as it comes and goes: a screen with keys at a terminal, lines anywhere else. */
export const watch: Run = (call) => {
  const { isTty, env } = call.io;
  const gateway = personsGateway(call);
  const hasScreen = isTty.in && isTty.out && env['TERM'] !== 'dumb';
  return hasScreen && !call.has('json') && !call.has('once')
    ? watchOnScreen(call, gateway)
    : watchAsLines(call, gateway);
};
