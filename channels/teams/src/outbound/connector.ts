import type { ChannelTrouble, Clock, Delivered } from '@countersign/core';
import { serviceAt, withoutSlash, type Bot } from '../settings.ts';
import { call, type Answer } from './call.ts';
import { createTokens } from './token.ts';

/** What the bot may ask of a connector. */
type Ask = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly serviceUrl: string;
  /** Below `/v3/conversations`, each part still to be escaped. */
  readonly path: readonly string[];
  readonly query?: string;
  readonly body?: object;
  /** Where somebody waits for the answer: a shorter time than the vendor has otherwise. */
  readonly withinMs?: number;
};

/** The way to the Bot connector, with the bot's token. */
export type Connector = {
  readonly ask: (ask: Ask) => Promise<Answer>;
};

/** Makes it. A token that is not taken any more is renewed once. */
export function createConnector(
  bot: Bot,
  {
    clock,
    tell,
    closing,
  }: { readonly clock: Clock; readonly tell: ChannelTrouble; readonly closing: AbortSignal },
): Connector {
  const tokens = createTokens(bot, clock, closing);
  const limitsOf = ({ withinMs = bot.timeoutMs }: Ask) => ({
    timeoutMs: Math.min(withinMs, bot.timeoutMs),
    closing,
  });

  async function once(request: Ask, url: string): Promise<Answer & { readonly token?: string }> {
    const token = await tokens.token();
    if (!token.ok) return signInFailed(token.answer);
    const headers = { authorization: `Bearer ${token.token}`, 'content-type': 'application/json' };
    const { method, body } = request;
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    return { ...(await call(url, init, limitsOf(request))), token: token.token };
  }

  return {
    ask: async (request) => {
      const service = serviceAt(request.serviceUrl, bot);
      // ATTACKER: the token goes nowhere but to hosts that are listed
      if (!service) return { kind: 'answered', status: 421, body: {} };
      const path = request.path.map((part) => `/${encodeURIComponent(part)}`).join('');
      const url = `${withoutSlash(service.href)}/v3/conversations${path}${request.query ?? ''}`;
      let answer = await once(request, url);
      if (answer.kind === 'answered' && answer.status === 401 && answer.token !== undefined) {
        tokens.spurned(answer.token);
        answer = await once(request, url);
      }
      tell(troubleOf(answer));
      return answer;
    },
  };
}

/** Nothing was posted, so nothing is lost: an expired secret holds cards up until there is another, and drops none. */
const signInFailed = (answer: Answer): Answer => {
  if (answer.kind !== 'answered') return { kind: 'unsent' };
  const isOurs = answer.status === 400 || answer.status === 401;
  return { kind: 'unsent', because: isOurs ? NO_TOKEN : 'Entra gives the bot no token now' };
};

const NO_TOKEN = 'Teams takes no token of this bot: its secret may have expired';

function troubleOf(answer: Answer): string | undefined {
  if (answer.kind === 'unsent') return answer.because ?? 'Teams cannot be reached';
  if (answer.kind === 'lost') return 'Teams does not answer';
  if (answer.status === 401) return NO_TOKEN;
  if (answer.status === 429) return 'Teams asks to be slower';
  return answer.status >= 500 ? 'Teams has trouble of its own' : undefined;
}

/** What an answer means for a delivery; `done` says what to make of a good one. */
export function deliveredBy(
  answer: Answer,
  done: (body: Readonly<Record<string, unknown>>) => Delivered,
): Delivered {
  if (answer.kind === 'unsent')
    return { did: 'again', because: answer.because ?? 'Teams could not be reached' };
  if (answer.kind === 'lost') return { did: 'unsure', because: 'Teams did not answer' };
  const { status, retryAfterMs, body } = answer;
  if (status >= 200 && status < 300) return done(body);
  if (AGAIN.has(status))
    return {
      did: 'again',
      because: status === 429 ? 'Teams asks to be slower' : `Teams answered ${status}`,
      ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }),
    };
  if (status >= 500) return { did: 'unsure', because: `Teams answered ${status}` };
  if (status === 404) return { did: 'gone', because: 'Teams does not know that place or message' };
  return { did: 'refused', because: REFUSED[status] ?? `Teams refused it with ${status}` };
}

/** Nothing was done, and the vendor says to try again; a gateway's timeout (504) says less than that. */
const AGAIN = new Set([408, 412, 429, 502, 503]);

const REFUSED: Readonly<Record<number, string>> = {
  401: NO_TOKEN,
  403: 'Teams does not let the bot write there: the app is not installed, or blocked',
  413: 'Teams finds the message too long',
  421: 'the address of the connector is not one this bot may speak to',
};
