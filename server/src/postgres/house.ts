import type { Json, Released } from '@countersign/core';
import {
  DATABASE,
  GATE_AUDIENCE,
  SQL_QUERY,
  type House,
  type QueryArguments,
  type QueryRun,
  type QueryStatus,
} from '@countersign/gate-postgres';
import { createGateHouse, type GateHouse, type HouseParts } from '../house.ts';

/** The house of the gate for PostgreSQL. */
export function createQueryHouse(
  parts: HouseParts & {
    /** Changes with everything that may change a verdict. */
    readonly epoch: () => number;
  },
): House & Pick<GateHouse<QueryRun, QueryStatus>, 'told'> {
  const house = createGateHouse<QueryRun, QueryStatus>(parts, {
    type: SQL_QUERY,
    audience: GATE_AUDIENCE,
    runOf,
    toldOf: (status) => status,
  });
  return {
    told: house.told,
    admit: (query) => house.admit(proposalOf(query)),
    wait: house.wait,
    redeem: house.redeem,
    cancel: house.cancel,
    epoch: parts.epoch,
    isBehind: house.isBehind,
  };
}

const runOf = (
  { actionId, arguments: stored }: Released,
  report: QueryRun['report'],
): QueryRun => ({
  actionId,
  // the gate's schema let nothing else in
  arguments: stored as unknown as QueryArguments,
  report,
});

const proposalOf = (query: Parameters<House['admit']>[0]) => ({
  agent: query.agent,
  type: SQL_QUERY,
  resource: { type: DATABASE, id: query.database },
  arguments: query.arguments as unknown as Json,
  session: { id: query.session },
  rejoins: true,
  ...(query.evidence === undefined ? {} : { evidence: query.evidence }),
});
