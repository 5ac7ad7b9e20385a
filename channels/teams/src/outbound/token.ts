import type { Clock } from '@countersign/core';
import type { Bot } from '../settings.ts';
import { call, type Answer } from './call.ts';

/** The bot's token, or why there is none. */
type Token =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly answer: Answer };

/** The token of a bot, renewed when it is about to end. */
export type Tokens = {
  readonly token: () => Promise<Token>;
  /** Says that one was not taken, so that the next is another. */
  readonly spurned: (token: string) => void;
};

const EARLY_MS = 300_000;
const SCOPE = 'https://api.botframework.com/.default';

/** Fetches tokens by client credentials (RFC 6749 §4.4): one at a time, whoever needs it. */
export function createTokens(bot: Bot, clock: Clock, closing: AbortSignal): Tokens {
  let held: { readonly token: string; readonly until: number } | undefined;
  let coming: Promise<Token> | undefined;

  const fetchOne = async (): Promise<Token> => {
    const answer = await call(
      bot.tokenUrl,
      {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: bot.appId,
          client_secret: bot.secret,
          scope: SCOPE,
        }),
      },
      { timeoutMs: bot.timeoutMs, closing },
    );
    if (answer.kind !== 'answered' || answer.status !== 200) return { ok: false, answer };
    const { access_token: token, expires_in: seconds } = answer.body;
    if (typeof token !== 'string' || token === '' || typeof seconds !== 'number')
      return { ok: false, answer: { kind: 'lost' } };
    held = { token, until: clock() + Math.max(0, seconds * 1_000 - EARLY_MS) };
    return { ok: true, token };
  };

  return {
    token: () => {
      if (held && clock() < held.until) return Promise.resolve({ ok: true, token: held.token });
      coming ??= fetchOne().finally(() => (coming = undefined));
      return coming;
    },
    spurned: (token) => {
      if (held?.token === token) held = undefined;
    },
  };
}
