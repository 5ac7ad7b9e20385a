import { createHash } from 'node:crypto';
import type { Json } from '@countersign/core';
import type { HookEvent, Verdict } from './event.ts';
import type { Memory, Spooled } from './memory.ts';
import type { HookClient } from './story.ts';

/** What the end of a call is noted with. */
export type AfterParts = {
  readonly client: Pick<HookClient, 'report'>;
  readonly memory: Memory;
  /** Replaces private values; undefined where results are passed on as they are. */
  readonly mask?: (result: Json) => { readonly result: Json; readonly isChanged: boolean };
};

/** Reports how a call ended and masks what came back. The gateway away: kept, and told with a later one. */
export async function noteResult(parts: AfterParts, event: HookEvent): Promise<Verdict> {
  // of a tool that failed, the other hosts take nothing back
  const isTaken = event.isFailed !== true || event.host === 'gemini';
  const masked = event.result === undefined || !isTaken ? undefined : parts.mask?.(event.result);
  const actionId = parts.memory.find(event, 'ends');
  if (actionId !== undefined) await tell(parts, outcomeOf(event, actionId, masked?.result));
  return masked?.isChanged === true ? { is: 'masked', result: masked.result } : { is: 'pass' };
}

function outcomeOf(
  { isFailed, result }: HookEvent,
  actionId: string,
  masked: Json | undefined,
): Spooled & { is: 'outcome' } {
  const shown = masked ?? result;
  const digest = shown === undefined ? undefined : digestOf(shown);
  return {
    is: 'outcome',
    at: new Date().toISOString(),
    actionId,
    report: {
      outcome: isFailed === true ? 'failed' : 'executed',
      ...(digest === undefined ? {} : { resultDigest: digest }),
    },
  };
}

const digestOf = (value: Json): string =>
  `sha256:${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`;

const MOST_TOLD = 20;

/** Tells this one, then what could not be told before. */
async function tell({ client, memory }: AfterParts, entry: Spooled & { is: 'outcome' }) {
  try {
    await soon(client.report(entry.actionId, entry.report));
  } catch (error) {
    if (isLater(error)) memory.spool(entry);
    return;
  }
  const waiting = memory.drain();
  let told = 0;
  for (const one of waiting)
    if (one.is !== 'outcome' || told++ >= MOST_TOLD) memory.spool(one);
    else
      await soon(client.report(one.actionId, one.report)).catch((error: unknown) => {
        if (isLater(error)) memory.spool(one);
      });
}

const PATIENCE_MS = 2_000;

/** The developer waits for this: what takes longer is told with a later one. */
const soon = async (told: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  await Promise.race([told, late]).finally(() => clearTimeout(timer));
};

/** What the gateway itself refused is settled there, and stays so. */
const isLater = (error: unknown): boolean =>
  (error as { readonly retryable?: unknown } | null)?.retryable !== false;
