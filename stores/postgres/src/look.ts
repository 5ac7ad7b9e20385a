import type { Unit } from '@countersign/core';
import { placeKey, type Held, type Look } from './plan.ts';
import type { Statements } from './statements.ts';
import type { Row, Step } from './transaction.ts';

/** The questions a batch raises, to be sent behind the lock, and how their answers read. */
export function look(
  units: readonly Unit[],
  sql: Statements,
): {
  readonly questions: readonly Step[];
  readonly read: (answers: readonly (readonly Row[])[]) => Look;
} {
  const streams = [...new Set(units.map(({ stream }) => stream))];
  const names = [
    ...new Set(
      units.flatMap(({ claims = [], releases = [] }) => [
        ...claims.map(({ name }) => name),
        ...releases,
      ]),
    ),
  ];
  const quotas = units.flatMap(({ quota }) => (quota ? [quota] : []));
  const agents = [...new Set(quotas.map(({ agent }) => agent))];
  const states = [...new Set(quotas.flatMap((quota) => quota.states))];
  const isCounting = quotas.length > 0;
  const questions: Step[] = [{ name: 'versions', text: sql.versions, values: [streams] }];
  if (names.length > 0) questions.push({ name: 'claims', text: sql.claims, values: [names] });
  if (isCounting)
    questions.push(
      { name: 'places', text: sql.places, values: [streams] },
      { name: 'counts', text: sql.counts, values: [agents, states] },
    );
  return {
    questions,
    read: ([versions = [], ...rest]) => {
      const claims = names.length > 0 ? rest.shift() : [];
      const places = isCounting ? rest.shift() : [];
      const counts = isCounting ? rest.shift() : [];
      return {
        versions: new Map(versions.map(({ stream, ver }) => [String(stream), Number(ver ?? 0)])),
        claims: new Map(claims?.map((row) => [String(row['name']), heldOf(row)])),
        places: new Map(places?.map((row) => [String(row['stream']), placeOf(row)])),
        counts: new Map(counts?.map((row) => [placeKey(placeOf(row)), Number(row['n'])])),
      };
    },
  };
}

const heldOf = ({ stream, until }: Row): Held => ({
  stream: String(stream),
  ...(typeof until === 'number' && { until }),
});

const placeOf = ({ agent, state }: Row): { readonly agent: string; readonly state: string } => ({
  agent: String(agent),
  state: String(state),
});
