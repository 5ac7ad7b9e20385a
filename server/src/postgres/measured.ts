import type { Admission, House, QueryRun } from '@countersign/gate-postgres';
import type { Figures } from '../figures.ts';

type Counting = Pick<Figures, 'count'>;

/** The house of one database that counts its statements by what became of them. */
export function measuredHouse(house: House, database: string, figures: Counting): House {
  const seen = (admission: Admission): Admission => {
    if (admission.is === 'released')
      return { is: 'released', run: measuredRun(admission.run, database, figures) };
    const outcome = admission.is === 'refused' ? admission.code : admission.is;
    figures.count('countersign_postgres_statements_total', { database, outcome });
    return admission;
  };
  const ended = (admission: Admission): Admission =>
    isOver(admission) ? seen(admission) : admission;
  return {
    ...house,
    admit: async (query) => seen(await house.admit(query)),
    wait: async (by, id, how) => ended(await house.wait(by, id, how)),
    redeem: async (by, id) => ended(await house.redeem(by, id)),
  };
}

const isOver = ({ is }: Admission): boolean => is === 'released' || is === 'ended';

const measuredRun = (run: QueryRun, database: string, figures: Counting): QueryRun => ({
  ...run,
  report: (report) => {
    const { outcome, repeats = 0 } = report;
    figures.count('countersign_postgres_statements_total', { database, outcome });
    if (repeats > 0) figures.count('countersign_postgres_repeats_total', { database }, repeats);
    run.report(report);
  },
});
