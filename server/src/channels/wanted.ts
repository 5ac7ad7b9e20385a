import { groupsAsked, progressOf, type Instant, type Parts, type Person } from '@countersign/core';
import type { Routing } from '../routing/routing.ts';
import { everyPlaceFor, placesFor, type Place } from '../routing/places.ts';
import { isSpared, riskOf, type Asked } from '../http/asked.ts';
import { mayOfCaller } from '../http/rights.ts';
import { askedNow } from './card.ts';

/** Everybody whose answer would count now, at the best they can reach, and who was not asked enough lately. */
export function mayAnswer(
  parts: Pick<Parts, 'directory' | 'clock'>,
  approval: Asked,
): readonly Person[] {
  const directory = parts.directory();
  const { owner, onBehalfOf } = approval.proposed.lineage;
  const actsFor = directory.person(onBehalfOf ?? owner);
  const groups = approval.asked.requirements.flatMap((one) => groupsAsked(one, approval.escalated));
  const asked = new Set([
    ...directory.members(groups),
    ...(directory.delegates?.(groups) ?? []),
    ...(actsFor ? [actsFor] : []),
  ]);
  return [...asked].filter((person) => {
    if (!person.active || isSpared(approval, person)) return false;
    const may = mayOfCaller(parts, approval, { kind: 'person', id: person.id, person });
    return may.vote || may.confirm;
  });
}

/** Where a request is put now. */
export function wantedPlaces(
  parts: Pick<Parts, 'directory' | 'clock'>,
  approval: Asked,
  routing: Routing,
): readonly Place[] {
  const now = parts.clock();
  const progress = progressOf(approval, parts.directory(), now).map(
    ({ requirement: { stage }, ...counted }) => ({ stage, ...counted }),
  );
  // once it is over, whoever was asked at all is told
  const told = approval.state === 'pending' ? askedNow(progress) : progress;
  const groups = told.flatMap((one) => one.groups);
  const people = (): readonly string[] => mayAnswer(parts, approval).map(({ id }) => id);
  const { actionType: type } = approval.proposed;
  return placesFor(routing, { type, risk: riskOf(approval), groups, people }, now);
}

/** Where it is told that people were passed over: to each of them, wherever they are reached. */
export function passedOverPlaces(
  { directory }: Pick<Parts, 'directory'>,
  { asked }: Asked,
  routing: Routing,
  now: Instant,
): readonly Place[] {
  const groups = asked.requirements.flatMap((one) => one.groups);
  const people = (): readonly string[] =>
    directory()
      .members(groups)
      .filter(({ active }) => active)
      .map(({ id }) => id);
  return everyPlaceFor(routing, { groups, people }, now);
}
