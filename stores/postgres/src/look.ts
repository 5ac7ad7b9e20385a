import type { Unit } from '@countersign/core';
import { countKey, type Held, type Look, type Place } from './plan.ts';
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
  const counting = countingOf(units, sql);
  const questions: Step[] = [{ name: 'versions', text: sql.versions, values: [streams] }];
  if (names.length > 0) questions.push({ name: 'claims', text: sql.claims, values: [names] });
  if (counting.length > 0)
    questions.push({ name: 'places', text: sql.places, values: [streams] }, ...counting);
  return {
    questions,
    read: ([versions = [], ...rest]) => {
      const claims = names.length > 0 ? rest.shift() : [];
      const places = counting.length > 0 ? rest.shift() : [];
      return {
        versions: new Map(versions.map(({ stream, ver }) => [String(stream), Number(ver ?? 0)])),
        claims: new Map(claims?.map((row) => [String(row['name']), heldOf(row)])),
        places: new Map(places?.map((row) => [String(row['stream']), placeOf(row)])),
        counts: new Map(rest.flat().map(countOf)),
      };
    },
  };
}

const heldOf = ({ stream, until }: Row): Held => ({
  stream: String(stream),
  ...(typeof until === 'number' && { until }),
});

/** What the quotas of a batch make it count, kind by kind; nothing is asked for a kind that is not there. */
function countingOf(units: readonly Unit[], sql: Statements): readonly Step[] {
  const quotas = units.flatMap((unit) => unit.quotas ?? []);
  const states = [...new Set(quotas.flatMap((quota) => quota.states))];
  const agents = new Set<string>();
  const owners = new Set<string>();
  const sessions = new Map<string, readonly [agent: string, session: string]>();
  for (const { of } of quotas)
    if ('owner' in of) owners.add(of.owner);
    else if (of.session === undefined) agents.add(of.agent);
    else sessions.set(countKey(of, ''), [of.agent, of.session]);
  const pairs = [...sessions.values()];
  const steps: Step[] = [];
  if (agents.size > 0)
    steps.push({ name: 'counts', text: sql.counts, values: [[...agents], states] });
  if (pairs.length > 0)
    steps.push({
      name: 'counts-of-sessions',
      text: sql.countsOfSessions,
      values: [pairs.map(([agent]) => agent), pairs.map(([, session]) => session), states],
    });
  if (owners.size > 0)
    steps.push({
      name: 'counts-of-owners',
      text: sql.countsOfOwners,
      values: [[...owners], states],
    });
  return steps;
}

/** A row says by its columns what it counted. */
function countOf({ agent, owner, session, state, n }: Row): readonly [string, number] {
  const by = { agent: String(agent), ...(typeof session === 'string' && { session }) };
  const of = typeof owner === 'string' ? { owner } : by;
  return [countKey(of, String(state)), Number(n)];
}

const placeOf = ({ agent, owner, session, state }: Row): Place => ({
  agent: String(agent),
  state: String(state),
  ...(typeof owner === 'string' && { owner }),
  ...(typeof session === 'string' && { session }),
});
