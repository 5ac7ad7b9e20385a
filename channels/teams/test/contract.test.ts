import { describeChannelContract, type ChannelTested } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { SECRET } from '../../../test/teams/wire.ts';
import { readCard } from '../../../test/teams/read-card.ts';
import { ANA, CHANNEL, makeSetting } from '../../../test/teams/setting.ts';

const TIMEOUT_MS = 200;

async function make(): Promise<ChannelTested> {
  const { fake, teams, house, restarted, dispose } = await makeSetting(TIMEOUT_MS);
  house.cards.clear();
  const at = (place: string): string => (place === 'person:ana' ? fake.personal(ANA) : place);
  return {
    // what a view is asked of is the card that was sent last
    channel: {
      ...teams.channel,
      post: (place, card, key) => {
        house.cards.set(card.view.approvalId, card);
        return teams.channel.post(place, card, key);
      },
    },
    restarted: () =>
      Promise.resolve({
        ...restarted().channel,
        update: async (copy, card) => {
          house.cards.set(card.view.approvalId, card);
          return teams.channel.update?.(copy, card) ?? { did: 'gone', because: '' };
        },
      }),
    place: CHANNEL,
    nowhere: '19:nowhere@thread.tacv2',
    direct: 'person:ana',
    unreachable: 'person:zoe',
    isWhole: true,
    secrets: [SECRET, 'token-', '127.0.0.1'],
    faults: ['down', 'lost', 'silent', 'limited', 'broken', 'barred'],
    fail: fake.fail,
    longestMs: TIMEOUT_MS + 300,
    look: async (place) => {
      const all = fake.messages(at(place));
      const top = all.filter(({ replyTo }) => replyTo === undefined);
      const below = (id: string): readonly string[] =>
        all.filter(({ replyTo }) => replyTo === id).map(({ card }) => readCard(card).text);
      const newest = top.at(-1);
      // clients ask for a view of what is on the screen: the newest
      const seen = newest ? [await fake.look(ANA, at(place), newest)] : [];
      return [...top.slice(0, -1).map(({ card }) => readCard(card)), ...seen].map((read, i) => ({
        ...read,
        below: below(top[i]?.id ?? ''),
      }));
    },
    remove: (copy) => {
      const [, , conversation = '', activity = ''] = JSON.parse(copy) as string[];
      fake.remove(conversation, activity);
      return Promise.resolve();
    },
    dispose,
  };
}

describeChannelContract('teams', make, { describe, test, expect });
