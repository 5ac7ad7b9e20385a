import type { Admission, House, QueryRun } from '@countersign/gate-postgres';
import type { Figures } from '../figures.ts';

type Counting = Pick<Figures, 'count'>;

/** A house that counts statements, by database and what became of them. */
export function measuredHouse(house: House, figures: Counting): House {
  const counted = (database: string, admission: Admission): Admission => {
    if (admission.is === 'released') {
      const { run } = admission;
      return { is: 'released', run: measuredRun(run, database, figures) };
    }
    const outcome = admission.is === 'refused' ? admission.code : admission.is;
    figures.count('countersign_postgres_statements_total', { database, outcome });
    return admission;
  };
  // which database a wait was for is known to those who asked
  const databases = new Map<string, string>();
  const settled = (id: string, admission: Admission): Admission => {
    const database = databases.get(id);
    if (database === undefined || admission.is === 'held' || admission.is === 'ready')
      return admission;
    databases.delete(id);
    return counted(database, admission);
  };
  return {
    ...house,
    admit: async (query) => {
      const admission = await house.admit(query);
      if (admission.is === 'held') databases.set(admission.status.id, query.database);
      return counted(query.database, admission);
    },
    wait: async (by, id, how) => settled(id, await house.wait(by, id, how)),
    redeem: async (by, id) => settled(id, await house.redeem(by, id)),
    cancel: async (by, id) => {
      databases.delete(id);
      await house.cancel(by, id);
    },
  };
}

const measuredRun = (run: QueryRun, database: string, figures: Counting): QueryRun => ({
  ...run,
  report: (report) => {
    const { outcome, repeats = 0 } = report;
    figures.count('countersign_postgres_statements_total', { database, outcome });
    if (repeats > 0) figures.count('countersign_postgres_repeats_total', { database }, repeats);
    run.report(report);
  },
});
