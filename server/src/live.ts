import type { Clock, Gate } from '@countersign/core';
import { createApiGate } from '@countersign/gate-api';
import { factsOf, shellExec } from '@countersign/gate-exec';
import { createHookGate } from '@countersign/gate-hook';
import { nothingSaid, type Profiles, type RosterState } from '@countersign/identity';
import type { Groups } from '@countersign/policy';
import type { InForce } from './config/audit.ts';
import type { Access } from './config/config.ts';
import { createCatalogue, createDirectory, type Peopled } from './directory.ts';
import { createAuth, type Authenticate } from './http/auth.ts';

/** What may change while the gateway runs: who there is, what there is, who is stopped. */
export type Live = {
  /** Of this moment, as configuration and ledger tell. */
  readonly directory: () => Peopled;
  readonly authenticate: Authenticate;
  readonly gateOf: (type: string) => Gate | undefined;
  /** Rights by group. */
  readonly access: Access;
  /** How many humans each group has. */
  readonly groups: () => Groups;
};

/** The living part of a configuration, made as a whole and replaced as a whole; `roster` is what the ledger says of people and agents. */
export function createLive(
  { config, types }: Pick<InForce, 'config' | 'types'>,
  roster: () => RosterState = nothingSaid,
  profiles?: Pick<Profiles, 'of' | 'version'>,
  clock?: Clock,
): Live {
  const directory = createDirectory(config, roster, profiles, clock);
  const gates = [createApiGate(types, createCatalogue(config)), shellExec, createHookGate(factsOf)];
  return {
    directory,
    authenticate: createAuth(
      [
        ...config.agents.map((one) => ({ kind: 'agent', ...one }) as const),
        ...config.executors.map((one) => ({ kind: 'executor', ...one }) as const),
        ...config.people.map((one) => ({ kind: 'person', ...one }) as const),
      ],
      directory,
    ),
    gateOf: (type) => gates.find(({ types: known }) => known.has(type)),
    access: config.access,
    groups: () => ({ ...sizesOf(directory()), ...unsized(config.groups) }),
  };
}

/** Who comes from an identity provider is not known before they signed in, so nothing is said of how many they are. */
const unsized = (groups: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(groups.map((name) => [name, Number.POSITIVE_INFINITY]));

/** How many humans each group has: accounts of one human count once, inactive ones not at all. */
function sizesOf({ groups, members }: Peopled): Readonly<Record<string, number>> {
  return Object.fromEntries(
    groups().map((name) => {
      const active = members([name]).filter((person) => person.active);
      return [name, new Set(active.map(({ human }) => human)).size];
    }),
  );
}
