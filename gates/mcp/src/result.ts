import { endWords, quoteClaim } from '@countersign/core';
import { complete, type Body } from './answer.ts';
import type { Admission, CallStatus } from './house.ts';
import type { Era, Members } from './message.ts';
import { APPROVAL_META, WAIT_TOOL } from './names.ts';

/** Why a call did not run, as the model is told (R10: every end has a word of its own). */
export type NotRun = {
  readonly outcome: string;
  readonly reasonCode: string;
  /** One sentence of ours, without anybody else's words. */
  readonly why: string;
  /** What to do now. */
  readonly next?: string;
  readonly reasons?: readonly string[];
  readonly reviewerNote?: string;
  readonly retry?: string;
  readonly retryAt?: string;
  readonly approval?: Members;
};

const NEVER_REPORT = 'Do not report it as done.';

/** What a settled, or still unsettled, action says to the model. */
export function notRunOf(status: CallStatus, urlOf?: (id: string) => string): NotRun {
  const { state, code, reasons, reviewerNote, retry, retryAt } = status;
  const words = endWords(status) ?? { why: `The request is ${state}.` };
  return {
    outcome: state,
    reasonCode: code,
    ...words,
    reasons,
    ...(reviewerNote === undefined ? {} : { reviewerNote }),
    ...(retry === undefined ? {} : { retry }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...approvalOf(status, urlOf),
  };
}

/** The ticket: held as long as the caller could wait, and now it is told how to come back. */
export function ticketOf(status: CallStatus, urlOf?: (id: string) => string): NotRun {
  const { approvalId } = status;
  const wait =
    approvalId === undefined
      ? ''
      : `call \`${WAIT_TOOL}\` with {"approval_id":"${approvalId}"}, or `;
  return {
    outcome: 'pending',
    reasonCode: status.code,
    why: `It waits for human approval${approvalId === undefined ? '' : ` ${approvalId}`}.`,
    next: `Do not change the arguments and do not report success; ${wait}repeat the identical call.`,
    reasons: status.reasons,
    retry: 'later',
    ...approvalOf(status, urlOf),
  };
}

/** A house that did not take the call at all. */
export const refusedBy = ({
  code,
  message,
  isRetryable,
}: Extract<Admission, { is: 'refused' }>): NotRun => ({
  outcome: 'refused',
  reasonCode: code,
  why: `The gateway did not take this call: ${message}.`,
  retry: isRetryable ? 'later' : 'after-change',
});

function approvalOf(status: CallStatus, urlOf?: (id: string) => string): Pick<NotRun, 'approval'> {
  const { approvalId: id, state, expiresAt } = status;
  if (id === undefined) return {};
  return {
    approval: {
      id,
      status: state,
      ...(urlOf ? { url: urlOf(id) } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  };
}

/**
 * The result of a call that did not run: an error the model can read, first that nothing ran, and what people and policy
 * said as data in a part of its own (R8). Never `structuredContent`: no schema of a tool describes it.
 */
export function notExecuted(era: Era, notRun: NotRun): Body {
  const { why, next, outcome, reasonCode, approval } = notRun;
  const told = {
    outcome,
    reasonCode,
    reasons: (notRun.reasons ?? []).map(quoteClaim),
    reviewerNote: notRun.reviewerNote === undefined ? null : quoteClaim(notRun.reviewerNote),
    retry: notRun.retry ?? null,
    ...(notRun.retryAt === undefined ? {} : { retryAt: notRun.retryAt }),
  };
  const text = ['NOT EXECUTED.', why, next ?? NEVER_REPORT].join(' ');
  return complete(era, {
    content: [
      { type: 'text', text },
      { type: 'text', text: JSON.stringify(told) },
    ],
    isError: true,
    ...(approval ? { _meta: { [APPROVAL_META]: approval } } : {}),
  });
}

/** Nobody knows whether it ran: not a success, and not to be tried again by itself (R4). */
export const mayHaveRun = (era: Era, why: string): Body =>
  complete(era, {
    content: [
      {
        type: 'text',
        text: `MAY HAVE RUN. ${why} Nobody knows whether the call took effect; do not repeat it and do not report success. A person is shown it.`,
      },
      {
        type: 'text',
        text: JSON.stringify({
          outcome: 'unknown',
          reasonCode: 'no-answer',
          reasons: [],
          reviewerNote: null,
          retry: 'never',
        }),
      },
    ],
    isError: true,
  });
