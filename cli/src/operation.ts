import { resolve } from 'node:path';
import { instant, StoreFailure, type Instant } from '@countersign/core';
import type { Config } from '@countersign/server';
import type { EpochOptions, EpochPlan } from '@countersign/server/operations';
import { Failure, type Call } from './command.ts';
import { faultLine, ofConfig } from './fault.ts';
import { mayDraw, type Io } from './io.ts';
import { ask } from './prompt.ts';
import { field, plain } from './text.ts';

/** The gateway's own code; loaded only by commands that work on a store. */
export type Server = typeof import('@countersign/server/operations');

/** Does an operation on a store; whatever it throws becomes one line that says what to do. */
export async function operate<T>(work: (server: Server) => Promise<T>): Promise<T> {
  const server = await import('@countersign/server/operations');
  try {
    return await work(server);
  } catch (cause) {
    if (cause instanceof server.OperationFailure || cause instanceof server.StartFailure)
      throw new Failure(cause.code, cause.message, { hint: cause.hint });
    if (cause instanceof StoreFailure) throw new Failure(cause.code, cause.message);
    throw cause;
  }
}

/** The configuration at a path, as a gateway would start with it. */
export async function configAt({ loadConfig }: Server, io: Io, file: string): Promise<Config> {
  const loaded = await loadConfig({ path: resolve(io.cwd, file), env: io.env });
  if (loaded.ok) return loaded.value.config;
  const [first, ...more] = loaded.error.map((problem) => ofConfig(io, problem));
  if (!first) throw new Failure('config-refused', `\`${file}\` is not in order`);
  throw new Failure('config-refused', faultLine(first), {
    hint: more.length > 0 ? `${first.hint}; ${more.length} more: countersign doctor` : first.hint,
    exitCode: 2,
  });
}

/** The configuration that `--config` names. */
export const configOf = (server: Server, call: Call): Promise<Config> =>
  configAt(server, call.io, call.text('config') ?? 'countersign.yaml');

/** Draws how many entries are done, where somebody may be watching. */
export function counting(io: Io, what: string): (entries: number) => void {
  let shown = 0;
  return (entries) => {
    if (!mayDraw(io) || entries - shown < 10_000) return;
    shown = entries;
    io.err(`\r\u001b[K${what} ${entries} entries`);
  };
}

/** Takes away what `counting` drew. */
const counted = (io: Io): void => {
  if (mayDraw(io)) io.err('\r\u001b[K');
};

/** Prints a result: exactly one JSON value, or text for people. */
export function print({ io, has }: Call, result: object, text: string): void {
  counted(io);
  io.out(has('json') ? `${JSON.stringify(result)}\n` : text);
}

const now = ({ now: ms }: Io): Instant => instant(ms());

/** How an epoch is agreed to: told on standard error, then `--yes` or the word at a terminal. */
export const epochOptions = (call: Call): EpochOptions => ({
  now: now(call.io),
  reason: call.text('reason'),
  confirm: async (plan) => {
    counted(call.io);
    call.io.err(planText(plan));
    if (call.has('yes')) return true;
    if (!call.io.isTty.in)
      throw new Failure('not-confirmed', 'nobody agreed to it', {
        hint: 'read what is lost, then say --yes',
        exitCode: 2,
      });
    return (
      (await ask(call.io, `Type "epoch ${plan.epoch}" to go on without it: `)) === wordOf(plan)
    );
  },
});

const wordOf = ({ epoch }: EpochPlan): string => `epoch ${epoch}`;

function planText({ epoch, origin, size, missing, lost }: EpochPlan): string {
  return `${plain(missing)}\n${[
    field(
      'lost',
      lost
        ? `entries ${lost.from} to ${lost.to}: they were signed, and are not in this ledger`
        : 'entries that were signed and are not in this ledger; which ones cannot be said',
    ),
    field('kept', `${size} entries; every action keeps the state they tell of`),
    field('epoch', `${epoch}, as ${plain(origin)}; the old origin signs nothing any more`),
    field('beware', 'what ran in the lost part may look as if it never ran'),
  ].join('')}`;
}
