import type { Delivered } from '@countersign/core';

/** What is sent once. */
type Enqueuing = { readonly url: string; readonly body: object; readonly timeoutMs: number };

type Ended = Exclude<Delivered, { did: 'done' }> | { readonly did: 'done' };

const MOST_WAIT_MS = 24 * 3_600_000;

/**
 * Sends one event. Never throws. A lost answer is no doubt here: what is sent again under the same `dedup_key` is the same
 * incident.
 */
export async function enqueue({ url, body, timeoutMs }: Enqueuing): Promise<Ended> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/json', 'user-agent': 'countersign' },
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
    return endOf(response);
  } catch {
    return { did: 'again', because: 'PagerDuty could not be reached' };
  }
}

function endOf({ status, headers }: Response): Ended {
  const because = `PagerDuty answered ${status}`;
  if (status === 202 || status === 200) return { did: 'done' };
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = /^\d{1,9}$/.exec(headers.get('retry-after') ?? '')?.[0];
    const wait =
      seconds === undefined ? {} : { afterMs: Math.min(Number(seconds) * 1_000, MOST_WAIT_MS) };
    return { did: 'again', because, ...wait };
  }
  return { did: 'refused', because };
}
