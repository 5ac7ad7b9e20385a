import type { Mounted } from '@countersign/gate-postgres';
import type { Probe } from '../checks.ts';
import type { Figures } from '../figures.ts';
import type { Guests } from './guests.ts';

/** How a database is: the others go on without it. */
export const probeOf = ({ name, catalog }: Mounted): Probe => ({
  name: `postgres-${name}`,
  look: () => (catalog.now() ? { status: 'ok' } : { status: 'degraded', detail: 'unreachable' }),
});

/** Makes what tells figures of each database from its first mount on, as long as it is mounted. */
export function teller(
  figures: Pick<Figures, 'gauge'>,
  mounted: ReadonlyMap<string, Mounted>,
  guests: Pick<Guests, 'count'>,
): () => void {
  const told = new Set<string>();
  const tell = (database: string): void => {
    const ofIt = (read: (one: Mounted) => number) => () => {
      const found = mounted.get(database);
      return found && read(found);
    };
    const labels = { database };
    const isKnown = ofIt(({ catalog }) => Number(catalog.now() !== undefined));
    figures.gauge('countersign_postgres_up', isKnown, labels);
    const connections = ofIt(({ name }) => guests.count(name));
    figures.gauge('countersign_postgres_connections', connections, labels);
  };
  return () => {
    for (const name of mounted.keys()) if (!told.has(name)) tell(name);
    for (const name of mounted.keys()) told.add(name);
  };
}
