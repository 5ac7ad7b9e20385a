// Teams as tests find it: a connector, a bot, a channel of a team, and a few people in it.
import { createTeams, type TeamsSettings } from '@countersign/channel-teams';
import type { Conversation, Outgoing } from '@countersign/core';
import { createFixedClock, sampleCard, type FixedClock } from '@countersign/core/testing';
import { startFakeTeams, type FakeTeams } from './fake-teams.ts';
import { createHouse, personOf, type House } from './house.ts';
import { TENANT } from './wire.ts';

export const CHANNEL: string = '19:review@thread.tacv2';
/** Entra object ids. `ana` and `ben` may decide; `mona` owns the agent; `nobody` has connected nothing. */
export const ANA: string = 'aaaaaaaa-0000-4000-8000-000000000001';
export const BEN: string = 'aaaaaaaa-0000-4000-8000-000000000002';
export const MONA: string = 'aaaaaaaa-0000-4000-8000-000000000003';
export const NOBODY: string = 'aaaaaaaa-0000-4000-8000-000000000004';
export const GUEST: string = 'aaaaaaaa-0000-4000-8000-000000000005';

export type Setting = {
  readonly fake: FakeTeams;
  readonly house: House;
  readonly clock: FixedClock;
  readonly teams: Required<Conversation>;
  /** What it last told of how it stands. */
  readonly troubles: (string | undefined)[];
  readonly settings: TeamsSettings;
  /** The same bot as another process makes it. */
  readonly restarted: () => Required<Conversation>;
  readonly dispose: () => Promise<void>;
};

/** Makes all of it. */
export async function makeSetting(timeoutMs = 10_000): Promise<Setting> {
  const holder: { receive?: Required<Conversation>['receive'] } = {};
  const fake = await startFakeTeams(
    (incoming): Promise<Outgoing> =>
      holder.receive?.(incoming) ?? Promise.resolve({ status: 503, body: '{}' }),
  );
  const house = createHouse();
  const clock = createFixedClock(fake.state.now);
  const settings: TeamsSettings = { ...fake.settings, timeoutMs };
  const troubles: (string | undefined)[] = [];
  const tell = (because?: string): void => void troubles.push(because);
  const made: Required<Conversation>[] = [];
  const restarted = (): Required<Conversation> => {
    const teams = createTeams(settings, { desk: house.desk, clock, tell });
    holder.receive = teams.receive;
    made.push(teams);
    return teams;
  };
  const people = { ana: ANA, ben: BEN, mona: MONA };
  for (const [id, user] of Object.entries(people)) {
    fake.addPerson({ user, name: id });
    house.connect({ kind: 'teams', tenant: TENANT, user }, personOf(id));
  }
  fake.addPerson({ user: NOBODY, name: 'nobody' });
  fake.addPerson({ user: GUEST, name: 'guest', userPrincipalName: 'g_x.example#EXT#@y.example' });
  house.connect({ kind: 'teams', tenant: TENANT, user: GUEST }, personOf('guest'));
  house.allow('mona', false);
  fake.addConversation(CHANNEL, 'channel', [ANA, BEN, MONA, NOBODY, GUEST]);
  const card = sampleCard();
  house.cards.set(card.view.approvalId, card);
  const teams = restarted();
  await teams.start();
  return {
    fake,
    house,
    clock,
    teams,
    troubles,
    settings,
    restarted,
    dispose: async () => {
      for (const one of made) await one.close();
      await fake.close();
    },
  };
}
