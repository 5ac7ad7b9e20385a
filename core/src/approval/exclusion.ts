import type { Lineage } from '../action/action.ts';
import type { Directory } from '../directory.ts';
import type { Exclude } from './requirement.ts';

/** A human who may not answer for this action, and the first reason why. */
export type Exclusion = { readonly human: string; readonly because: string };

/**
 * R5 in one place: everyone who may not vote, as humans, so that linked accounts fall with them.
 * Every entry point asks this function and no other; administrators are not special.
 */
export function exclusions(
  lineage: Lineage,
  excludes: readonly Exclude[],
  directory: Directory,
): readonly Exclusion[] {
  const agent = directory.agent(lineage.agent);
  const delegators = [...lineage.delegators, ...(agent?.delegators ?? [])];
  const named: readonly (readonly [string | undefined, string])[] = [
    [lineage.agent, 'is the agent that proposed it'],
    [lineage.owner, 'owns the agent'],
    [agent?.owner, 'owns the agent'],
    [lineage.onBehalfOf, 'is the person the agent acts for'],
    [lineage.startedBy, 'started the session'],
    ...lineage.editors.map((id) => [id, 'edited the arguments'] as const),
    ...(agent?.issuers ?? []).map((id) => [id, 'gave the agent a credential'] as const),
    ...delegators.map((id) => [id, 'delegated authority to the agent'] as const),
    [excludes.includes('subject') ? lineage.subject : undefined, 'is the subject of the action'],
    ...ownerTeam(lineage, excludes, directory).map((id) => [id, "is in the owner's team"] as const),
  ];
  const out = new Map<string, string>();
  for (const [id, because] of named) {
    if (id === undefined) continue;
    const human = directory.person(id)?.human ?? id;
    if (!out.has(human)) out.set(human, because);
  }
  return [...out].map(([human, because]) => ({ human, because }));
}

function ownerTeam(
  lineage: Lineage,
  excludes: readonly Exclude[],
  directory: Directory,
): readonly string[] {
  if (!excludes.includes('owner-team') || lineage.ownerTeam === undefined) return [];
  return directory.members([lineage.ownerTeam]).map(({ id }) => id);
}
