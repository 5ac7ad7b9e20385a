import { describeChannelContract, type ChannelTested } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { createFakeSlack } from '../../../test/slack/fake.ts';
import { createSlack, type SlackSettings } from '../src/index.ts';
import { readCopy } from '../src/copy.ts';
import { idleDesk } from './desk.ts';

describeChannelContract('slack', open, { describe, test, expect });

async function open(): Promise<ChannelTested> {
  const fake = await createFakeSlack();
  fake.addUser('U0ANA');
  fake.addChannel('C0ASK', 'U0ANA');
  const settings: SlackSettings = {
    id: 'slack',
    transport: 'http',
    appId: fake.world.appId,
    team: fake.world.team,
    botToken: fake.world.botToken,
    signingSecret: fake.world.signingSecret,
    api: fake.api,
    timeoutMs: 1_000,
    spacingMs: 0,
  };
  const make = () =>
    createSlack(settings, { desk: idleDesk, clock: Date.now as never, tell: () => {} });
  const { channel } = make();
  return {
    channel,
    restarted: async () => make().channel,
    place: 'C0ASK',
    nowhere: 'C0NOWHERE',
    direct: 'person:ana',
    unreachable: 'person:nobody',
    isWhole: true,
    secrets: [settings.botToken, fake.world.signingSecret],
    faults: ['down', 'lost', 'silent', 'limited', 'broken', 'barred'],
    fail: fake.fail,
    longestMs: 3_000,
    look: async (place) => fake.look(person(place)),
    remove: async (copy) => {
      const at = readCopy(copy);
      fake.world.messages.splice(
        fake.world.messages.findIndex(({ ts }) => ts === at?.ts),
        1,
      );
    },
    dispose: fake.close,
  };
}

const person = (place: string): string => (place === 'person:ana' ? 'U0ANA' : place);
