import { random, type Clock, type Leases, type LedgerStore } from '@countersign/core';
import {
  createAdmission,
  createChatAccounts,
  createDevelopmentProvider,
  createLinking,
  createProfiles,
  createRoster,
  createSessionCookie,
  createSessions,
  createSignIn,
  createTerminals,
  DirectoryFailure,
  DEVELOPMENT,
  DEVELOPMENT_PATH,
  developmentSettings,
  noticing,
  subjectOf,
  type ChatAccounts,
  type Profiles,
  type ProviderSettings,
  type Roster,
  type SignIn,
} from '@countersign/identity';
import { openAgentDoors } from './agent-doors.ts';
import { scramSecretOf } from './scram-secret.ts';
import { chatSourcesOf, noticedTenantsOf } from './channels/places.ts';
import type { Config } from './config/config.ts';
import type { Peopled } from './directory.ts';
import { followProviders } from './followers/providers.ts';
import type { AgentParts } from './http/agents.ts';
import { openDirectories } from './directories.ts';
import type { Authenticate } from './http/auth.ts';
import type { ChatParts } from './http/chats.ts';
import { backChannel } from './http/back-channel.ts';
import { createCookies } from './http/cookies.ts';
import type { Mount } from './http/mounts.ts';
import type { SignInParts } from './http/sign-in.ts';
import { createWho, type Who } from './http/who.ts';
import type { Keys } from './keys.ts';
import { faultOf, type Log } from './log.ts';
import { openScim, provisionedBy } from './scim.ts';
import type { Troubles } from './troubles.ts';

/** What the ledger says of people, and their private values. */
export type People = { readonly roster: Roster; readonly profiles: Profiles };

/** Reads what the ledger says of people, and names in the background: nobody waits for what is only shown. */
export async function openPeople(parts: {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'master'>;
  readonly opening: AsyncDisposableStack;
  readonly log: Log;
}): Promise<People> {
  const { store, clock, keys, opening, log } = parts;
  const roster = await createRoster(store, clock);
  opening.defer(roster.close);
  const onFailure = (error: unknown): void => log.error('profile-unreadable', faultOf(error));
  const profiles = createProfiles({ store, clock, masterKey: keys.master, onFailure });
  opening.defer(profiles.close);
  void profiles.load([...roster.now().people.accounts.keys()]);
  return { roster, profiles };
}

/** Signing in, as far as it is the same whatever HTTP route it comes by. */
export type Doors = {
  readonly who: Who;
  readonly agents: AgentParts;
  readonly signIn: SignInParts;
  /** Accounts of people in chats, and how one is connected. */
  readonly chats: ChatParts & { readonly accounts: ChatAccounts };
  readonly mounts: readonly Mount[];
  /** Asks again what the groups of a person, and of those they stand for, are; false when that is not known in time. */
  readonly recheck: (person: string) => Promise<boolean>;
};

/** Opens every way in for people. */
export function openDoors(parts: {
  readonly config: () => Config;
  readonly publicUrl: string;
  readonly leases: Pick<Leases, 'hold'>;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly keys: Pick<Keys, 'master' | 'fingerprint'>;
  readonly people: People;
  readonly directory: () => Peopled;
  readonly bearer: Authenticate;
  readonly shown: (text: string) => string;
  readonly isDraining: () => boolean;
  readonly troubles: Troubles;
  readonly log: Log;
  readonly opening: AsyncDisposableStack;
}): Doors {
  const { config, publicUrl, store, clock, keys, people, directory, bearer } = parts;
  const { troubles, log, opening } = parts;
  const { roster, profiles } = people;
  const { recentMs, idleMs, absoluteMs, development } = config().signIn;
  const key = keys.fingerprint;
  const isActive = (id: string): boolean => directory().person(id)?.active === true;
  const sessions = createSessions({
    store,
    clock,
    random,
    roster,
    isActive,
    limits: { recentMs, absoluteMs },
  });
  opening.defer(sessions.close);
  const accounts = createChatAccounts({ roster, store, clock, masterKey: keys.master, key });
  const admit = createAdmission({
    roster,
    profiles,
    random,
    key,
    configured: (provider, subject) => personWith(config(), provider, subject),
    provisioned: provisionedBy(config, key),
    isActive,
    humanOf: (id) => directory().person(id)?.human ?? id,
  });
  const signIn: SignIn = createSignIn({
    providers: providersOf(config(), publicUrl),
    publicUrl,
    key,
    clock,
    admit: noticing(admit, accounts, noticedTenantsOf(config())),
    personOf: ({ id, issuer }, subject) =>
      personWith(config(), id, subject) ??
      roster.now().people.bySubject.get(subjectOf(key, issuer, subject)),
    sessions,
    roster,
    store,
    absoluteMs,
  });
  opening.defer(followProviders(signIn, troubles, (id) => id === DEVELOPMENT));
  const codec = createSessionCookie(key, { clock, idleMs });
  const cookies = createCookies(publicUrl);
  const secret = scramSecretOf(keys);
  const agents = openAgentDoors({
    config,
    directory,
    roster,
    clock,
    store,
    shown: parts.shown,
    secret,
  });
  const who = createWho({
    bearer,
    agents: agents.auth,
    sessions,
    codec,
    cookie: cookies.session,
    directory,
  });
  const sources = chatSourcesOf(config());
  const linking = createLinking({ sources, publicUrl, key, clock, accounts });
  const terminals = createTerminals({ key, clock, sessions });
  const directories = openDirectories({ ...parts, config: config() });
  opening.defer(directories.stop);
  return {
    who,
    recheck: async (person) => {
      try {
        const seats = parts.directory().person(person)?.standsFor ?? [];
        // whoever they stand for gives them nothing that they lost meanwhile
        const all = new Set([person, ...seats.map((seat) => seat.person)]);
        await Promise.all([...all].map(directories.recheck));
        return true;
      } catch (error) {
        if (!(error instanceof DirectoryFailure)) throw error;
        log.error('directory-unavailable', faultOf(error));
        return false;
      }
    },
    agents: agents.managing,
    chats: { accounts, linking, directory },
    signIn: {
      signIn,
      sessions,
      terminals,
      roster,
      codec,
      cookies,
      who,
      clock,
      publicUrl,
      access: () => config().access,
      log,
    },
    mounts: [
      openScim({ ...parts, configured: (...one) => personWith(config(), ...one) }),
      backChannel(signIn),
      ...(development ? [developmentMount(config, publicUrl)] : []),
    ],
  };
}

const providersOf = ({ signIn }: Config, publicUrl: string): readonly ProviderSettings[] => [
  ...(signIn.development ? [developmentSettings(publicUrl)] : []),
  ...signIn.providers.map(({ clientSecret, name, scim, ...provider }): ProviderSettings => ({
    ...provider,
    name: name ?? provider.id,
    isProvisioned: scim,
    ...(clientSecret && { clientSecret: clientSecret.reveal() }),
  })),
];

/** At the development provider everybody is who they are called. */
function personWith({ people }: Config, provider: string, subject: string): string | undefined {
  const isThem = ({ id, identities }: Config['people'][number]): boolean =>
    provider === DEVELOPMENT
      ? id === subject
      : identities.some((one) => one.provider === provider && one.subject === subject);
  return people.find(isThem)?.id;
}

function developmentMount(config: () => Config, publicUrl: string): Mount {
  const provider = createDevelopmentProvider({
    publicUrl,
    people: () => config().people.filter(({ active }) => active),
    now: Date.now,
  });
  return {
    id: 'development',
    prefix: `${DEVELOPMENT_PATH}/`,
    handle: async ({ request, response }) => {
      await provider.handle(request, response);
      return 'taken';
    },
  };
}
