import type { Directory, Gate } from '@countersign/core';
import { createApiGate, type ApiActionType } from '@countersign/gate-api';
import { shellExec } from '@countersign/gate-exec';
import type { Groups } from '@countersign/policy';
import type { InForce } from './config/audit.ts';
import type { Config } from './config/config.ts';
import { createCatalogue, createDirectory } from './directory.ts';
import { createAuth, type Authenticate } from './http/auth.ts';

/** What of the configuration may change while the gateway runs: who there is, what there is, who is stopped. */
export type Live = {
  readonly directory: Directory;
  readonly authenticate: Authenticate;
  readonly gateOf: (type: string) => Gate | undefined;
  readonly groups: Groups;
  /** What it was made from. */
  readonly inForce: InForce;
};

/** The living part of a configuration, made as a whole and replaced as a whole. */
export function createLive(config: Config, types: readonly ApiActionType[]): Live {
  const directory = createDirectory(config);
  const gates = [createApiGate(types, createCatalogue(config)), shellExec];
  return {
    directory,
    authenticate: createAuth(
      [
        ...config.agents.map((one) => ({ kind: 'agent', ...one }) as const),
        ...config.executors.map((one) => ({ kind: 'executor', ...one }) as const),
        ...config.people.map((one) => ({ kind: 'person', ...one }) as const),
      ],
      () => directory,
    ),
    gateOf: (type) => gates.find(({ types: known }) => known.has(type)),
    groups: groupsOf(config, directory),
    inForce: { config, types },
  };
}

/** How many humans each group has: accounts of one human count once, inactive ones not at all. */
function groupsOf({ people }: Config, directory: Directory): Readonly<Record<string, number>> {
  const names = new Set(people.flatMap(({ groups }) => groups));
  return Object.fromEntries(
    [...names].map((name) => {
      const members = directory.members([name]).filter(({ active }) => active);
      return [name, new Set(members.map(({ human }) => human)).size];
    }),
  );
}
