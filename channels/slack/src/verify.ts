import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Incoming } from '@countersign/core';

const SKEW_SECONDS = 300;
const MOST_BYTES = 1_000_000;

/**
 * The signature of a request that Slack sent just now, over its raw body; undefined for everything else.
 * The time may be off by five minutes in either direction: one signed for the future would be good for longer.
 */
export function verified(
  { method, headers, body }: Incoming,
  secret: string,
  clock: Clock,
): string | undefined {
  const at = one(headers['x-slack-request-timestamp']);
  const given = one(headers['x-slack-signature']);
  if (method !== 'POST' || body.length > MOST_BYTES || secret === '') return undefined;
  if (!/^\d{1,12}$/.test(at) || !/^v0=[0-9a-f]{64}$/.test(given)) return undefined;
  if (Math.abs(Math.floor(clock() / 1_000) - Number(at)) > SKEW_SECONDS) return undefined;
  const wanted = createHmac('sha256', secret).update(`v0:${at}:`).update(body).digest();
  return timingSafeEqual(wanted, Buffer.from(given.slice(3), 'hex')) ? given : undefined;
}

/** A header that is there once. */
const one = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : '';
