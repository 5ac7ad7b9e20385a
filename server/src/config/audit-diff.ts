import { canonical, type Json } from '@countersign/core';
import { isMark, type Audited } from './audit.ts';

/** One difference between two configurations. */
export type ConfigChange =
  | {
      readonly what: 'setting';
      readonly name: string;
      /** Only of settings that are nobody's secret; durations in milliseconds. */
      readonly from?: Json;
      readonly to?: Json;
    }
  | { readonly what: 'added' | 'removed'; readonly list: string; readonly id: string }
  | {
      readonly what: 'changed';
      readonly list: string;
      readonly id: string;
      readonly members: readonly string[];
    };

/** Everything in which two configurations differ. */
export const differences = (before: Audited, after: Audited): readonly ConfigChange[] => [
  ...settingChanges(before.settings, after.settings),
  ...namesOf(before.lists, after.lists).flatMap((list) =>
    listChanges(list, before.lists[list] ?? {}, after.lists[list] ?? {}),
  ),
];

/** The first changes that fit into `bytes`, and how many did not: an entry has a ceiling. */
export function fitting(
  changes: readonly ConfigChange[],
  bytes: number,
): { readonly changes: readonly ConfigChange[]; readonly omitted: number } {
  let left = bytes;
  const end = changes.findIndex((change) => {
    left -= Buffer.byteLength(canonical(change)) + 1;
    return left < 0;
  });
  const count = end < 0 ? changes.length : end;
  return { changes: changes.slice(0, count), omitted: changes.length - count };
}

function settingChanges(
  before: Audited['settings'],
  after: Audited['settings'],
): readonly ConfigChange[] {
  return namesOf(before, after).flatMap((name): readonly ConfigChange[] => {
    const from = before[name];
    const to = after[name];
    if (isSame(from, to)) return [];
    const isTold = !isMark(from) && !isMark(to);
    return [
      {
        what: 'setting',
        name,
        ...(isTold && from !== undefined ? { from } : {}),
        ...(isTold && to !== undefined ? { to } : {}),
      },
    ];
  });
}

type Items = Audited['lists'][string];

function listChanges(list: string, before: Items, after: Items): readonly ConfigChange[] {
  return namesOf(before, after).flatMap((id): readonly ConfigChange[] => {
    const [from, to] = [before[id], after[id]];
    if (!from) return [{ what: 'added', list, id }];
    if (!to) return [{ what: 'removed', list, id }];
    const members = namesOf(from, to).filter((member) => from[member] !== to[member]);
    return members.length > 0 ? [{ what: 'changed', list, id, members }] : [];
  });
}

const namesOf = (before: object, after: object): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();

const isSame = (from: Json | undefined, to: Json | undefined): boolean =>
  from !== undefined && to !== undefined && canonical(from) === canonical(to);
