import { createHash } from 'node:crypto';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAttention,
  createGatekeeper,
  digestView,
  instant,
  makeSigningKeyPem,
  ok,
  random,
  readSigningKey,
  sha256,
  StoreFailure,
  type Answer,
  type ApprovalId,
  type Card,
  type ChatAccount,
  type Click,
  type Desk,
  type Gatekeeper,
  type Parts,
} from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import {
  createChatAccounts,
  createRoster,
  type ChatAccounts,
  type DirectoryEvent,
  type Roster,
} from '@countersign/identity';
import { createPolicyEngine } from '@countersign/policy';
import { createCards } from '../src/channels/card.ts';
import { createDesk } from '../src/channels/desk.ts';
import { loadActionTypes } from '../src/config/actions.ts';
import { loadConfig } from '../src/config/load.ts';
import { createDisplay } from '../src/display.ts';
import { loadPolicies } from '../src/followers/policies.ts';
import { createFolds } from '../src/http/folds.ts';
import { createLive } from '../src/live.ts';
import { settingsOf } from '../src/settings.ts';
import { exportTo, tokens, writeFolder, type Name } from './gateway-fixture.ts';

/** Everything a desk stands on, in memory: real policies, roster, gatekeeper and accounts of chats. */
export type DeskHouse = {
  readonly desk: Desk;
  readonly gatekeeper: Gatekeeper;
  readonly parts: Parts;
  readonly roster: Roster;
  readonly accounts: ChatAccounts;
  /** How far the clock is ahead of real time, whether directories answer, and whether the ledger does. */
  readonly now: { skipMs: number; isTold: boolean; isUp: boolean };
  readonly say: (event: (at: ReturnType<Parts['clock']>) => DirectoryEvent) => Promise<void>;
  readonly hold: (
    to: string,
    more?: Partial<Parameters<Gatekeeper['propose']>[0]>,
  ) => Promise<Held>;
  readonly close: () => Promise<void>;
};
type Held = { readonly answer: Answer; readonly id: ApprovalId; readonly card: Card };

/** What is asked besides what the sample policies ask: by the bucket an export goes to. */
const RULES = `@id("strong") @review("It is sensitive") @approvers("data-owners") @quorum("1") @expires("10m") @assurance("session")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "s3://strong*" };
@id("signed") @review("It is very sensitive") @approvers("data-owners") @quorum("1") @expires("10m") @assurance("passkey")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "s3://signed*" };
@id("two") @review("Two pairs of eyes") @approvers("data-owners") @quorum("2") @expires("10m")
forbid (principal, action == Countersign::Action::"sql.export", resource is Countersign::Database)
when { context.destination like "s3://two*" };
`;

/** Where the console is. */
export const PUBLIC_URL = 'http://localhost:8080';

const must = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};

/** A Slack account that tests link to somebody of that name. */
export const slackOf = (name: Name): ChatAccount => ({
  kind: 'slack',
  tenant: 'T0HOUSE',
  user: `U${name.toUpperCase()}`,
});
/** The same for Teams. */
export const teamsOf = (name: Name): ChatAccount => ({
  kind: 'teams',
  tenant: guidOf('tenant'),
  user: guidOf(name),
});
/** A GUID that follows from a name. */
export const guidOf = (name: string): string =>
  createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** Opens one; everybody named is linked in both chats. */
export async function openDeskHouse(people: readonly Name[]): Promise<DeskHouse> {
  const folder = writeFolder();
  writeFileSync(join(folder, 'policies', 'desk.review.cedar'), RULES);
  appendFileSync(
    join(folder, 'countersign.yaml'),
    `public_url: ${PUBLIC_URL}\nsign_in: { development: true }\n`,
  );
  const loaded = await loadConfig({ path: join(folder, 'countersign.yaml'), env: tokens() });
  const { config } = must(loaded);
  const types = must(await loadActionTypes(join(config.policies, 'actions.yaml'), config));
  const now = { skipMs: 0, isTold: true, isUp: true };
  const clock = () => instant(Date.now() + now.skipMs);
  const store = createMemoryStore({ clock });
  const head: typeof store.head = async () => {
    if (now.isUp) return store.head();
    throw new StoreFailure('unreachable', 'the ledger is away', { retryable: true });
  };
  const roster = await createRoster({ ...store, head }, clock);
  const live = createLive({ config, types }, roster.now);
  const set = await loadPolicies(config.policies, live.groups());
  const engine = await createPolicyEngine({ set });
  const key = random(32);
  const parts: Parts = {
    store,
    judge: engine,
    directory: () => live.directory(),
    clock,
    random,
    gateOf: live.gateOf,
    display: createDisplay(key),
    secrets: { masterKey: key, fingerprintKey: key },
    grantKey: readSigningKey(makeSigningKeyPem()),
    attention: createAttention(1_000),
    settings: settingsOf(config, { origin: 'test.example/ledger' }),
  };
  const gatekeeper = createGatekeeper(parts);
  const accounts = createChatAccounts({ roster, store, clock, masterKey: key, key });
  const folds = createFolds(store);
  const publicUrl = PUBLIC_URL;
  const cards = createCards({ parts, publicUrl });
  const desk = createDesk({
    sight: { parts, gatekeeper, access: () => live.access },
    folds,
    cards,
    accounts,
    roster,
    recheck: async () => now.isTold,
    publicUrl,
  });
  for (const name of people)
    for (const account of [slackOf(name), teamsOf(name)])
      must(await accounts.link(name, account, name));
  return {
    desk,
    gatekeeper,
    parts,
    roster,
    accounts,
    now,
    say: async (event) => {
      must(await roster.change<never>((_, at) => ok({ events: [event(at)] })));
    },
    hold: async (to, more = {}) => {
      const {
        type,
        resource,
        arguments: given,
      } = exportTo(to) as unknown as Parameters<Gatekeeper['propose']>[0];
      const answer = must(
        await gatekeeper.propose({ agent: 'etl', type, resource, arguments: given, ...more }),
      );
      const { approvalId } = answer.status;
      const card = approvalId && (await desk.card(approvalId));
      if (!card) throw new Error(`nobody was asked: ${answer.status.state}`);
      return { answer, id: approvalId, card };
    },
    close: async () => {
      folds.close();
      roster.close();
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A click on a card as a channel that showed all of it hands it on. */
export const clickOn = (
  { view }: Card,
  account: ChatAccount,
  more: Partial<Click> = {},
): Click => ({
  account,
  approvalId: view.approvalId,
  version: view.version,
  actionDigest: view.digest.slice('sha256:'.length, 'sha256:'.length + 32),
  seenDigest: digestView(view),
  choice: 'approve',
  shown: { renderer: 'test/1', digest: sha256('what was rendered'), complete: true },
  ...more,
});
