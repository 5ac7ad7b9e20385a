import type { WebClient, WebClientOptions } from '@slack/web-api';
import { TIMEOUT_MS, type SlackSettings } from './settings.ts';
import { troubleOf, type Trouble } from './trouble.ts';

/** What a method answered, or what went wrong. */
type Called =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly trouble: Trouble };

/** Calls a method of the Web API with the bot's token; never throws, never tries twice. */
export type Call = (method: string, args: Readonly<Record<string, unknown>>) => Promise<Called>;

/** Makes the client when it is first needed: the vendor's library takes memory that an idle gateway keeps. */
export function createCall(settings: SlackSettings): Call {
  let client: Promise<WebClient> | undefined;
  return async (method, args) => {
    try {
      client ??= open(settings);
      const answer = await (await client).apiCall(method, { ...args });
      return { ok: true, value: { ...answer } };
    } catch (error) {
      return { ok: false, trouble: troubleOf(error) };
    }
  };
}

async function open(settings: SlackSettings): Promise<WebClient> {
  const vendor = await import('@slack/web-api');
  return new vendor.WebClient(settings.botToken, clientOptions(settings));
}

/** One try, no waiting: whoever delivers tries again. No log: it would hold tokens and texts. */
export const clientOptions = (settings: SlackSettings): WebClientOptions => ({
  ...(settings.api === undefined ? {} : { slackApiUrl: settings.api }),
  timeout: settings.timeoutMs ?? TIMEOUT_MS,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  allowAbsoluteUrls: false,
  logger: SILENT,
  fetch: fetchOnce,
});

/** The library takes a 429 without `Retry-After` for a failure of ours. */
async function fetchOnce(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status !== 429 || Number(response.headers.get('retry-after')) > 0) return response;
  await response.body?.cancel();
  return new Response('', { status: 429, headers: { 'retry-after': '1' } });
}

const nothing = (): void => {};
const SILENT = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => 'error' as never,
};
