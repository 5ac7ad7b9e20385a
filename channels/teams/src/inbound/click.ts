import { isId, type ApprovalId, type Digest } from '@countersign/core';
import { membersOf } from './activity.ts';

/** A button that was pressed, as it came. */
export type Pressed = {
  readonly verb: 'refresh' | 'approve' | 'deny';
  readonly approvalId: ApprovalId;
  readonly version: number;
  readonly actionDigest: string;
  readonly seenDigest: Digest;
  /** Of what was in front of them. */
  readonly rendered: string;
  readonly reason?: string;
};

const VERBS = ['refresh', 'approve', 'deny'] as const;
const HEX = /^[0-9a-f]{16,64}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MOST_REASON = 500;

/** Reads what a button of ours sends; undefined where it is none of ours, or was bent. */
export function readPressed(value: unknown): Pressed | undefined {
  const action = membersOf(membersOf(value)['action']);
  const verb = VERBS.find((one) => one === action['verb']);
  const { a, n, d, s, r, reason } = membersOf(action['data']);
  if (!verb || typeof a !== 'string' || !isId('apr', a)) return undefined;
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 1) return undefined;
  if (typeof d !== 'string' || !HEX.test(d) || !isDigest(s) || !isDigest(r)) return undefined;
  const said = typeof reason === 'string' ? reason.toWellFormed().trim() : '';
  return {
    verb,
    approvalId: a,
    version: n,
    actionDigest: d,
    seenDigest: s,
    rendered: r,
    ...(said !== '' && { reason: said.slice(0, MOST_REASON).toWellFormed() }),
  };
}

const isDigest = (value: unknown): value is Digest =>
  typeof value === 'string' && DIGEST.test(value);
