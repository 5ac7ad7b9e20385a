import {
  isReleased,
  isStatus,
  type ActionStatus,
  type Json,
  type Released,
  type Report,
} from './action.ts';
import { NotExecuted, OutcomeUnknown, OutcomeUnreported, Refused } from './errors.ts';
import { getStatus } from './wait.ts';
import type { Transport } from './transport.ts';

/** Runs what a grant released. Gets the stored arguments, never a second copy from the caller (R3). */
export type Run<R, A = { readonly [name: string]: Json }> = (
  args: A,
  released: Released<A>,
) => Promise<R> | R;

/** Spends a grant. Sending it twice is safe: the gateway releases the action at most once (R4). */
export const redeemGrant = <A>(
  { json }: Transport,
  grant: string,
  id?: string,
): Promise<Released<A>> =>
  json({
    method: 'POST',
    path: '/v1/grants/redeem',
    body: { grant },
    tries: 5,
    isAnswer: (answer) => isReleased(answer, id),
  });

/** Tells the gateway how it ended. When an earlier try was heard although its answer was lost, that is success. */
export async function reportOutcome(
  transport: Transport,
  id: string,
  report: Report,
): Promise<ActionStatus> {
  try {
    return await transport.json({
      method: 'POST',
      path: `/v1/actions/${encodeURIComponent(id)}/outcome`,
      body: report,
      tries: 8,
      isAnswer: isStatus,
    });
  } catch (error) {
    if (!(error instanceof Refused) || error.retryable) throw error;
    const status = await getStatus(transport, id).catch(() => undefined);
    if (status && (status.closedAs ?? status.state) === report.outcome) return status;
    throw error;
  }
}

/** Redeem, run the stored arguments, report. Whoever does not get past the first line runs nothing. */
export async function execute<R, A>(
  transport: Transport,
  released: Released<A>,
  run: Run<R, A>,
  summarize?: (result: R) => string,
): Promise<R> {
  const { actionId } = released;
  let result: R;
  try {
    result = await run(released.arguments, released);
  } catch (error) {
    if (error instanceof OutcomeUnknown) throw error; // no report: the gateway makes it `unknown` at the deadline
    await tell(
      transport,
      actionId,
      { outcome: 'failed', summary: classOf(error) },
      { cause: error },
    );
    throw error;
  }
  const report = { outcome: 'executed', ...summaryOf(result, summarize) } as const;
  await tell(transport, actionId, report, { result });
  return result;
}

/** It ran: a line that cannot be made, or that the gateway would refuse, must not lose the outcome. */
export function summaryOf<R>(
  result: R,
  summarize?: (result: R) => string,
): Pick<Report, 'summary'> {
  try {
    const line: unknown = summarize?.(result);
    if (typeof line !== 'string') return {};
    return {
      summary: line
        .toWellFormed()
        .slice(0, 4096)
        .replace(/[\ud800-\udbff]$/, ''),
    };
  } catch {
    return {};
  }
}

async function tell(
  transport: Transport,
  actionId: string,
  report: Report,
  about: { readonly result?: unknown; readonly cause?: unknown },
): Promise<void> {
  try {
    await reportOutcome(transport, actionId, report);
  } catch (error) {
    const cause =
      about.cause === undefined
        ? error
        : new AggregateError([about.cause, error], 'run and report failed');
    throw new OutcomeUnreported(actionId, report, { ...about, cause });
  }
}

/** The kind of an error and nothing of its text, which may hold private values (R9). */
function classOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return /^[A-Za-z_$][\w$.-]{0,79}$/.test(name) ? name : 'Error';
}

/** Why a grant released nothing, with what the gateway knows of the action now. */
export async function notReleased(
  transport: Transport,
  id: string,
  error: Refused,
): Promise<NotExecuted | Refused> {
  const status = await getStatus(transport, id).catch(() => undefined);
  return status ? new NotExecuted(status, error.code, error) : error;
}
