import type { Delivered, Desk } from '@countersign/core';
import type { Bot } from '../settings.ts';
import { deliveredBy, type Connector } from './connector.ts';

/** A conversation that can be written to. */
type Place = { readonly conversation: string; readonly user?: string };

/** Finds the conversation of a place: `person:<id>`, or the id of a conversation. */
export type Places = (place: string) => Promise<Place | Exclude<Delivered, { did: 'done' }>>;

const PERSON = 'person:';
const MOST_CHARACTERS = 300;
const MOST_KEPT = 10_000;

/** Makes it. A conversation with one person is begun by the account they connected; the vendor gives the same one each time. */
export function createPlaces(
  bot: Bot,
  { desk, connector }: { readonly desk: Pick<Desk, 'accountOf'>; readonly connector: Connector },
): Places {
  const begun = new Map<string, string>();

  async function begin(user: string): Promise<Place | Exclude<Delivered, { did: 'done' }>> {
    const known = begun.get(user);
    if (known !== undefined) return { conversation: known, user };
    const answer = await connector.ask({
      method: 'POST',
      serviceUrl: bot.serviceUrl,
      path: [],
      body: {
        bot: { id: `28:${bot.appId}` },
        isGroup: false,
        members: [{ id: user }],
        tenantId: bot.tenant,
        channelData: { tenant: { id: bot.tenant } },
      },
    });
    let conversation: string | undefined;
    const delivered = deliveredBy(answer, ({ id }) => {
      if (typeof id === 'string' && id !== '') conversation = id;
      return { did: 'unsure', because: 'Teams did not say which conversation it is' };
    });
    if (conversation === undefined) {
      // beginning one twice is harmless
      if (delivered.did === 'unsure') return { did: 'again', because: delivered.because };
      return delivered.did === 'done'
        ? { did: 'again', because: 'Teams did not answer' }
        : delivered;
    }
    if (begun.size >= MOST_KEPT) begun.clear();
    begun.set(user, conversation);
    return { conversation, user };
  }

  return async (place) => {
    if (!place.startsWith(PERSON))
      return place !== '' && place.length <= MOST_CHARACTERS
        ? { conversation: place }
        : { did: 'refused', because: 'that is no conversation of Teams' };
    const at = { kind: 'teams', tenant: bot.tenant } as const;
    const account = await desk.accountOf(place.slice(PERSON.length), at);
    return account
      ? begin(account.user)
      : { did: 'refused', because: 'that person has connected no Teams account' };
  };
}
