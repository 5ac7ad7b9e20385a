import { sha256 } from '@countersign/core';

/** A span as others refer to it. */
export type SpanRef = { readonly traceId: string; readonly spanId: string };

const hex = (text: string, digits: number): string =>
  sha256(text).slice('sha256:'.length, 'sha256:'.length + digits);

/**
 * The trace of an action: the first 32 hex digits of the SHA-256 of its id. Every replica, before and after a restart,
 * and anyone who has the id comes to the same one; nothing is kept or passed on for it.
 */
export const traceIdOf = (action: string): string => hex(action, 32);

/** A span of an action's trace: the first 16 hex digits of the SHA-256 of `<action>/<name>`. */
export const spanIdOf = (action: string, name: string): string => hex(`${action}/${name}`, 16);

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/**
 * The span a caller says it is in (W3C Trace Context, version 00).
 * ATTACKER: it may name any trace, so it only becomes a link; anything but the exact form is ignored.
 */
export function readTraceparent(header: unknown): SpanRef | undefined {
  const [, traceId = '', spanId = ''] =
    (typeof header === 'string' && TRACEPARENT.exec(header)) || [];
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId) ? { traceId, spanId } : undefined;
}
