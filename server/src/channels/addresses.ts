import type { Profiles } from '@countersign/identity';
import type { Config } from '../config/config.ts';

/** The mail address of a person: as configured, else as their identity provider told it. */
export const addressesOf =
  (config: () => Pick<Config, 'people'>, profiles: Pick<Profiles, 'load' | 'of'>) =>
  async (person: string): Promise<string | undefined> => {
    const configured = config().people.find(({ id }) => id === person)?.email;
    if (configured !== undefined) return configured;
    await profiles.load([person]);
    return profiles.of(person)?.email;
  };
