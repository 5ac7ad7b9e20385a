import type { Admission, House } from '@countersign/gate-mcp';
import type { Figures } from '../figures.ts';

/** A house that counts its calls, by server and what became of them. */
export function measuredHouse(house: House, figures: Pick<Figures, 'count'>): House {
  const count = (server: string, outcome: string): void =>
    figures.count('countersign_mcp_calls_total', { server, outcome });
  const seen = (server: string, admission: Admission): Admission => {
    if (admission.is !== 'released') {
      count(server, admission.is === 'refused' ? admission.code : admission.is);
      return admission;
    }
    const { run } = admission;
    return {
      is: 'released',
      run: {
        ...run,
        report: (report) => {
          count(run.server, report.outcome);
          run.report(report);
        },
      },
    };
  };
  return {
    ...house,
    admit: async (call) => seen(call.server, await house.admit(call)),
    redeem: async (by, id) => {
      const admission = await house.redeem(by, id);
      return admission.is === 'released' ? seen(admission.run.server, admission) : admission;
    },
  };
}
