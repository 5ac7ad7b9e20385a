import type { Delivered, Desk } from '@countersign/core';
import { again, type Installed } from './installation.ts';
import { inside, text } from './read.ts';
import type { Trouble } from './trouble.ts';
import type { Call } from './web.ts';

/** The conversation a place is, or why there is none. */
export type Located =
  | { readonly ok: true; readonly channel: string }
  | { readonly ok: false; readonly trouble: Trouble };

const MOST_KNOWN = 10_000;

/** Finds the conversation of a place: `C…`, `G…`, `D…` as it is, `person:<id>` by the account they connected. */
export function createPlaces(
  call: Call,
  installed: () => Promise<Installed>,
  desk: Pick<Desk, 'accountOf'>,
): (place: string) => Promise<Located> {
  const known = new Map<string, string>();
  return async (place) => {
    const here = await installed();
    if (!here.ok) return here;
    if (/^[CDG][A-Z0-9]{2,30}$/.test(place)) return { ok: true, channel: place };
    if (!place.startsWith('person:')) return refused('this is no place in Slack');
    const person = place.slice('person:'.length);
    const account = await desk.accountOf(person, { kind: 'slack', tenant: here.value.tenant });
    if (!account) return refused('they have not connected a Slack account');
    const direct = known.get(account.user);
    if (direct !== undefined) return { ok: true, channel: direct };
    const opened = await call('conversations.open', { users: account.user });
    if (!opened.ok) return { ok: false, trouble: again(opened.trouble) };
    const channel = text(inside(opened.value, 'channel'), 'id');
    if (channel === '') return refused('Slack opened no conversation with them');
    if (known.size < MOST_KNOWN) known.set(account.user, channel);
    return { ok: true, channel };
  };
}

const refused = (because: string): Located => ({
  ok: false,
  trouble: { did: 'refused', because } satisfies Delivered,
});
