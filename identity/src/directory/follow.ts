import type { Clock, Leases } from '@countersign/core';
import type { Profiles } from '../profiles.ts';
import type { Account } from '../roster/people.ts';
import type { Roster } from '../roster/roster.ts';
import { DirectoryFailure, type GroupDirectory } from './google.ts';

/** One directory of groups, as configured. */
export type DirectorySettings = {
  /** In the ledger, as `directory:<id>`. */
  readonly id: string;
  /** The sign-in provider whose people are asked for. */
  readonly provider: string;
  /** What each group is called here, by its address there in small letters. Others are not taken. */
  readonly map: ReadonlyMap<string, string>;
  readonly directory: GroupDirectory;
};

/** Keeps the groups of people as their directory has them. */
export type DirectoryFollower = {
  /** Before somebody decides: asks again unless that was a moment ago. Throws `DirectoryFailure` when it is not known in time. */
  readonly recheck: (person: string) => Promise<void>;
  /** Asks for everybody, if no other gateway does. */
  readonly poll: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 5 * 60_000;
const RECENT_MS = 60_000;
const DECISION_MS = 3_000;
const ASK_MS = 10_000;
const AT_ONCE = 4;
const SETTLE_MS = 1_000;

/** Follows directories. Only what changed becomes an entry of the ledger. */
export function followDirectories(parts: {
  readonly directories: readonly DirectorySettings[];
  readonly roster: Pick<Roster, 'now' | 'change' | 'onChanged'>;
  readonly profiles: Pick<Profiles, 'of' | 'load'>;
  readonly leases: Pick<Leases, 'hold'>;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}): DirectoryFollower {
  const { directories, roster, profiles, leases, clock, onFailure } = parts;
  const askedAt = new Map<string, number>();
  const tried = new Set<string>();
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;

  /** Whose groups a directory tells: its provider's people, unless SCIM does. */
  const directoryOf = ({ provider, provisioned }: Account): DirectorySettings | undefined =>
    provisioned ? undefined : directories.find((one) => one.provider === provider);

  async function ask(account: Account, settings: DirectorySettings, ms: number): Promise<void> {
    const { id: person } = account;
    tried.add(person);
    await profiles.load([person]);
    const at = clock();
    const email = profiles.of(person)?.email ?? '';
    const told = await settings.directory.groupsOf(email, AbortSignal.timeout(ms));
    const groups = [...new Set(told.flatMap((one) => settings.map.get(one) ?? []))].toSorted();
    const changed = await roster.change<never>((state, now) => {
      const before = state.people.accounts.get(person)?.groups.directory;
      const by = `directory:${settings.id}`;
      return {
        ok: true,
        value: {
          events:
            before?.join('\0') === groups.join('\0')
              ? []
              : [{ type: 'person.groups-told', at: now, by, person, from: 'directory', groups }],
        },
      };
    });
    if (!changed.ok) throw new DirectoryFailure('too much changes at once');
    askedAt.set(person, at);
  }

  async function askAll(isWanted: (account: Account) => boolean): Promise<void> {
    for (const settings of directories) {
      if (isStopped || !(await leases.hold(`directory:${settings.id}`, POLL_MS))) continue;
      const accounts = [...roster.now().people.accounts.values()];
      const wanted = accounts.filter(
        (one) => one.active && directoryOf(one) === settings && isWanted(one),
      );
      const next = wanted.values();
      const work = async (): Promise<void> => {
        for (const account of next) {
          if (isStopped) return;
          await ask(account, settings, ASK_MS).catch(onFailure);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
  }
  /** One after the other: two at once would ask the same. */
  const inTurn = (isWanted: (account: Account) => boolean): Promise<void> =>
    (running = running.then(() => askAll(isWanted)).catch(onFailure));

  const period = setInterval(() => void inTurn(() => true), POLL_MS).unref();
  // whoever is new is asked for when what is private of them was told as well
  const unfollow = roster.onChanged(() => {
    soon ??= setTimeout(() => {
      soon = undefined;
      void inTurn(({ id }) => !tried.has(id));
    }, SETTLE_MS).unref();
  });
  return {
    recheck: async (person) => {
      const account = roster.now().people.accounts.get(person);
      const settings = account && directoryOf(account);
      if (!account || !settings) return;
      const isRecent = clock() - (askedAt.get(person) ?? -Infinity) < RECENT_MS;
      if (!isRecent) await ask(account, settings, DECISION_MS);
    },
    poll: () => inTurn(() => true),
    stop: async () => {
      isStopped = true;
      clearInterval(period);
      clearTimeout(soon);
      unfollow();
      await running;
    },
  };
}
