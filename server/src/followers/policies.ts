import type { PolicyList } from '@countersign/api';
import type { Clock, Digest, LedgerStore } from '@countersign/core';
import {
  getPolicies,
  loadPolicyFolder,
  serialize,
  watchPolicyFolder,
  type Groups,
  type PolicyEngine,
  type PolicySet,
  type PolicyWatch,
} from '@countersign/policy';
import type { Log } from '../log.ts';
import { record } from '../record.ts';
import { StartFailure } from '../start-failure.ts';
import type { Troubles } from '../troubles.ts';

/** The form of its entries is L24 of docs/spec/ledger.md. */
const streamOf = (digest: Digest): string => `policy-${digest}`;

/** Loads the set to start with, or says everything that is wrong with it. */
export async function loadPolicies(dir: string, groups: Groups): Promise<PolicySet> {
  const loaded = await loadPolicyFolder(dir, { groups });
  if (loaded.ok) return loaded.value;
  throw new StartFailure('policy-refused', `the policies in \`${dir}\` are not in order`, {
    hint: 'correct what is listed; nothing runs without a good set',
    lines: loaded.error.map(
      ({ file, line, column, code, message, hint }) =>
        `${file}:${line}:${column} ${code}: ${message}; ${hint}`,
    ),
  });
}

/** Records that a set comes in force, with the set itself, so that every decision can be made again. */
export const recordSet = (store: LedgerStore, set: PolicySet, clock: Clock): Promise<void> =>
  record(store, streamOf(set.digest), (entries) => ({
    event: {
      type: 'policy.in-force',
      at: clock(),
      digest: set.digest,
      ...(set.gitCommit === undefined ? {} : { gitCommit: set.gitCommit }),
      policies: set.policies.length,
    },
    ...(entries.length === 0 && { blobs: { set: serialize(set) } }),
  }));

/** The bytes of a set that was in force once. */
export const keptSet = (store: LedgerStore, digest: Digest): Promise<Uint8Array | undefined> =>
  store.blob(streamOf(digest), 'set');

/** What callers are told of a set. */
export const listOf = (set: PolicySet): PolicyList => ({
  digest: set.digest,
  ...(set.gitCommit === undefined ? {} : { gitCommit: set.gitCommit }),
  policies: getPolicies(set),
});

/** Puts each good version of the folder in force, after it is recorded. A bad one changes nothing. */
export function followPolicies(parts: {
  readonly dir: string;
  /** The groups there are when a set is loaded. */
  readonly groups: () => Groups;
  readonly engine: PolicyEngine;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly troubles: Troubles;
}): PolicyWatch {
  const { dir, groups, engine, store, clock, log, troubles } = parts;
  return watchPolicyFolder({
    dir,
    get groups() {
      return groups();
    },
    set: engine.current(),
    onLoaded: async (set) => {
      try {
        await recordSet(store, set, clock);
        await engine.replace(set);
      } catch (error) {
        troubles.begin('policy-reload', 'not-in-force');
        throw error;
      }
      troubles.end('policy-reload');
      log.info('policy-in-force', { digest: set.digest, policies: set.policies.length });
    },
    onUnchanged: () => void troubles.end('policy-reload'),
    onRefused: (problems) => {
      troubles.begin('policy-reload', 'policy-refused');
      for (const { file, line, column, code, message } of problems)
        log.error('policy-refused', { file, line, column, code, message });
    },
  });
}
