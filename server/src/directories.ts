import type { Clock, Leases } from '@countersign/core';
import {
  createGoogleDirectory,
  followDirectories,
  readServiceAccount,
  type DirectoryFollower,
  type DirectorySettings,
} from '@countersign/identity';
import type { Config } from './config/config.ts';
import { faultOf, type Log } from './log.ts';
import type { People } from './people.ts';
import { StartFailure } from './start-failure.ts';

/** Follows the directories of the configuration. */
export function openDirectories(parts: {
  readonly config: Config;
  readonly people: People;
  readonly leases: Pick<Leases, 'hold'>;
  readonly clock: Clock;
  readonly log: Log;
}): DirectoryFollower {
  const { config, people, leases, clock, log } = parts;
  const follower = followDirectories({
    directories: config.directories.map((entry) => settingsOf(entry, clock)),
    ...people,
    leases,
    clock,
    onFailure: (error) => log.error('directory-unavailable', faultOf(error)),
  });
  if (config.directories.length > 0) void follower.poll();
  return follower;
}

function settingsOf(
  { id, provider, serviceAccount, endpoint, groups }: Config['directories'][number],
  clock: Clock,
): DirectorySettings {
  const account = readServiceAccount(serviceAccount.reveal());
  if (!account)
    throw new StartFailure('directory-refused', `the service account of \`${id}\` is none`, {
      hint: 'let `service_account` lead to the JSON key file of a Google service account',
    });
  const map = new Map(
    Object.entries(groups.map).map(([there, here]) => [there.toLowerCase(), here]),
  );
  return { id, provider, map, directory: createGoogleDirectory({ account, endpoint, now: clock }) };
}
