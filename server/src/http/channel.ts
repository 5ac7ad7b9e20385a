import type { Caller, Exchange } from './exchange.ts';

/** What a caller with a token of the configuration may say of where it answers. */
export const CHANNELS: readonly string[] = ['api', 'terminal'];

/** Where an answer is given; undefined where the caller says it is somewhere else than it can be. */
export function channelIn(
  { headers }: Pick<Exchange['request'], 'headers'>,
  caller: Caller,
): string | undefined {
  const known = channelOf(caller);
  if (known) return known;
  const told = headers['countersign-channel'] ?? 'api';
  return typeof told === 'string' && CHANNELS.includes(told) ? told : undefined;
}

/** Where a session answers, whatever it says of itself; a token of the configuration says so by a header. */
function channelOf(caller: Caller): 'console' | 'terminal' | undefined {
  if (caller.kind !== 'person' || !caller.session) return undefined;
  return caller.session.kind === 'browser' ? 'console' : 'terminal';
}
