import type { Probe } from '../checks.ts';
import type { Figures } from '../figures.ts';
import type { Guests } from './guests.ts';
import type { Mounts } from './mounts.ts';

/** How each database is: the others go on without it. */
export const probesOf = ({ all, isUp }: Pick<Mounts, 'all' | 'isUp'>): readonly Probe[] =>
  [...all.keys()].map((name) => ({
    name: `postgres-${name}`,
    look: () =>
      isUp(name) === false ? { status: 'degraded', detail: 'unreachable' } : { status: 'ok' },
  }));

/** Makes what tells figures of each database from its first mount on, as long as it is mounted. */
export function teller(
  figures: Pick<Figures, 'gauge'>,
  { all, isUp }: Pick<Mounts, 'all' | 'isUp'>,
  guests: Pick<Guests, 'count'>,
): () => void {
  const told = new Set<string>();
  const tell = (database: string): void => {
    const up = (): number | undefined => {
      const is = isUp(database);
      return is === undefined ? undefined : Number(is);
    };
    figures.gauge('countersign_postgres_up', up, { database });
    const connections = (): number | undefined =>
      all.has(database) ? guests.count(database) : undefined;
    figures.gauge('countersign_postgres_connections', connections, { database });
  };
  return () => {
    for (const name of all.keys()) if (!told.has(name)) tell(name);
    for (const name of all.keys()) told.add(name);
  };
}
