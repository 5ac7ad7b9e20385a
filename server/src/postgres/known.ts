import type { Mounted } from '@countersign/gate-postgres';

/** Resolves when every database is known, or after a while: until one is, nothing of it runs (R2). */
export async function known(databases: Iterable<Mounted>, ms: number): Promise<void> {
  const stops: (() => void)[] = [];
  const one = ({ catalog }: Mounted): Promise<void> =>
    new Promise((resolve) => {
      if (catalog.now()) return resolve();
      stops.push(catalog.onChange(resolve));
    });
  const { promise: late, resolve: isLate } = Promise.withResolvers<void>();
  const timer = setTimeout(isLate, ms);
  await Promise.race([Promise.all([...databases].map(one)), late]);
  clearTimeout(timer);
  for (const stop of stops) stop();
}
