import { createClient, type ActionStatus } from '@countersign/sdk';
import { Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT, exitOf } from '../exit.ts';
import { actionIdOf, openGateway } from '../gateway.ts';
import { statusText } from '../status-text.ts';
import { personsGateway } from './approvals.ts';

/** Where an action stands; exits by it when it waited. */
export const show: Run = async (call) => {
  const identity = identityOf(call, 'any');
  const client = createClient(identity);
  const id = await actionIdOf(openGateway(identity), call.words[0] ?? '');
  const status = await client.status(id);
  if (!call.has('wait') || status.state !== 'pending') {
    print(call, status);
    return call.has('wait') ? exitOf(status.state) : EXIT.done;
  }
  const decided = await client.wait(id, {});
  print(call, decided);
  return exitOf(decided.state);
};

/** Withdraws an action that did not run. */
export const cancel: Run = async (call) => {
  const identity = identityOf(call, 'any');
  const id = await actionIdOf(openGateway(identity), call.words[0] ?? '');
  return print(call, await createClient(identity).cancel(id));
};

/** What the executor says happened. */
export const report: Run = async (call) => {
  const [id = '', outcome] = call.words;
  const exitCode = call.text('exit-code');
  const summary = call.text('summary');
  if (exitCode !== undefined && !/^-?\d+$/.test(exitCode))
    throw new Usage('`--exit-code` is not a number');
  const status = await createClient(identityOf(call, 'agent')).report(id, {
    outcome: outcome === 'executed' ? 'executed' : 'failed',
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(summary === undefined ? {} : { summary }),
  });
  return print(call, status);
};

/** A person says what really happened to an action whose outcome is unknown. */
export const close: Run = async (call) => {
  const gateway = personsGateway(call);
  const [text = '', outcome] = call.words;
  const id = await actionIdOf(gateway, text);
  const isExecuted = outcome === 'executed';
  return print(
    call,
    await gateway.close(id, isExecuted ? 'executed' : 'failed', call.text('note')),
  );
};

function print({ io, has }: Call, status: ActionStatus): number {
  io.out(has('json') ? `${JSON.stringify(status)}\n` : statusText(io, status));
  return EXIT.done;
}
