import { GatewayUnreachable, Refused, type Problem } from './errors.ts';
import { backoffMs, pause, reasonOf } from './pause.ts';

/** How to reach the gateway. */
export type Connection = {
  /** Such as `http://127.0.0.1:8088`. */
  readonly url: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
};

/** One request. */
export type Request = {
  readonly method: 'GET' | 'POST';
  /** Path and query, from `/`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** How often it is sent at most; more than once only where sending it twice does no harm. */
  readonly tries?: number;
  /** Whether a successful answer is what was asked for; whatever else says 200 on that address is not the gateway. */
  readonly isAnswer?: (answer: unknown) => boolean;
};

/** Requests to one gateway with one credential. Throws `Refused` and `GatewayUnreachable`. */
export type Transport = {
  readonly url: string;
  readonly json: <T>(request: Request) => Promise<T>;
  readonly text: (request: Request) => Promise<string>;
  /** The answer's body as it comes, once it has begun with success; without a time limit of its own. */
  readonly stream: (request: Request) => Promise<ReadableStream<Uint8Array>>;
};

/** A transport over `fetch`: bearer token, problems as errors, retries with jitter, time limits, no redirects. */
export function createTransport({ url, token, fetch: send = fetch }: Connection): Transport {
  const base = url.replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(base)) throw new TypeError(`\`${url}\` is not an http(s) address`);

  const attempt = async <T>(request: Request, read: (response: Response) => Promise<T>) => {
    const { method, path, body, headers, signal, timeoutMs = 30_000 } = request;
    const limit = limited(signal, timeoutMs);
    try {
      const response = await send(`${base}${path}`, {
        method,
        redirect: 'error', // a token follows nobody elsewhere
        signal: limit.signal,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw await refusal(base, response);
      return await read(response);
    } catch (error) {
      if (signal?.aborted) throw reasonOf(signal);
      if (error instanceof Refused || error instanceof GatewayUnreachable) throw error;
      throw new GatewayUnreachable(base, whyOf(error, limit.signal), error);
    } finally {
      limit.release();
    }
  };

  const patiently = async <T>(request: Request, read: (response: Response) => Promise<T>) => {
    const { tries = 1, signal } = request;
    for (let tried = 1; ; tried++) {
      try {
        return await attempt(request, read);
      } catch (error) {
        if (tried >= tries || !isRetryable(error)) throw error;
        await pause(delayMs(error, tried - 1), signal);
      }
    }
  };

  return {
    url: base,
    json: <T>(request: Request) =>
      patiently(request, async (response) => {
        const answer: unknown = JSON.parse(await response.text());
        if (request.isAnswer?.(answer) === false)
          throw new GatewayUnreachable(base, 'the answer is not one of the gateway');
        return answer as T;
      }),
    text: (request) => patiently(request, (response) => response.text()),
    stream: (request) =>
      attempt({ ...request, timeoutMs: 0 }, async ({ body }) => {
        if (!body) throw new TypeError('no body');
        return body;
      }),
  };
}

/** Whether the same request may work later. */
export const isRetryable = (error: unknown): error is Refused | GatewayUnreachable =>
  (error instanceof Refused || error instanceof GatewayUnreachable) && error.retryable;

/** How long to wait before trying again: what the gateway asks for (at most 10 s), or the backoff. */
export function delayMs(error: unknown, attempt: number): number {
  const asked = error instanceof Refused ? (error.retryAfter ?? 0) * 1000 : 0;
  return Math.max(backoffMs(attempt), Math.min(asked, 10_000) * (1 + Math.random() / 4));
}

async function refusal(url: string, response: Response): Promise<Refused | GatewayUnreachable> {
  const { status, headers } = response;
  const problem = parseProblem(await response.text(), status);
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (problem) return new Refused(problem, Number.isFinite(seconds) ? seconds : undefined);
  // an answer that is not the gateway's own: a proxy in between, or something else on that port
  return new GatewayUnreachable(url, `status ${status} without a problem document`);
}

function parseProblem(text: string, status: number): Problem | undefined {
  try {
    const problem = JSON.parse(text) as Partial<Problem> | null;
    return typeof problem?.code === 'string'
      ? { ...problem, code: problem.code, status }
      : undefined;
  } catch {
    return undefined;
  }
}

function whyOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'no answer in time';
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof SyntaxError) return 'the answer is not JSON';
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === 'UND_ERR_SOCKET') return 'the connection broke';
  return typeof code === 'string' ? code : String((cause as Error | null)?.message ?? cause);
}

/** A signal that follows the caller's and ends after `ms` (0: never). By hand: `AbortSignal.any` keeps what it follows. */
function limited(signal: AbortSignal | undefined, ms: number) {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const timer = ms > 0 ? setTimeout(stop, ms) : undefined;
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    release: (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}
