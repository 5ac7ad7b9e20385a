/** What became of a request: nothing was sent, it was answered, or it was sent and nobody knows. */
export type Answer =
  | { readonly kind: 'unsent'; readonly because?: string }
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: Readonly<Record<string, unknown>>;
      readonly retryAfterMs?: number;
    };

/** Failures of the network before a request was written. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const MOST_BYTES = 1_000_000;
const MOST_RETRY_MS = 3_600_000;

type Limits = { readonly timeoutMs: number; readonly closing: AbortSignal };

/** One request to the vendor. Never throws; follows no redirect, which could lead a token elsewhere. */
export async function call(
  url: string,
  init: RequestInit,
  { timeoutMs, closing }: Limits,
): Promise<Answer> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), closing]);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const retryAfterMs = retryAfter(response.headers.get('retry-after'));
    return {
      kind: 'answered',
      status: response.status,
      body: await bodyOf(response),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  } catch (error) {
    return { kind: isUnsent(error) ? 'unsent' : 'lost' };
  }
}

const isUnsent = (error: unknown): boolean => {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : '';
  return typeof code === 'string' && UNSENT.has(code);
};

async function bodyOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  // ATTACKER: what is said to be long is not read at all
  if (Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) {
    await response.body?.cancel();
    return {};
  }
  try {
    const value: unknown = JSON.parse(await response.text());
    if (Array.isArray(value)) return { members: value };
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Seconds, as the vendor sends them; a date is not one it uses. */
function retryAfter(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.min(seconds * 1_000, MOST_RETRY_MS)
    : undefined;
}
