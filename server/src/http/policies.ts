import type { PolicyList, PolicySources, PolicyTests } from '@countersign/api';
import { canonical, sha256 } from '@countersign/core';
import { readPolicyTests, testApart, type PolicySet, type Tested } from '@countersign/policy';
import { json, type Handlers } from './exchange.ts';
import { refuse } from './refuse.ts';

/** What is told of the policies in force. */
export type PolicyParts = {
  readonly policySet: () => PolicySet;
  readonly policies: () => PolicyList;
  /** The folder tests are read from. */
  readonly policyFolder: string;
};

type PolicyRoutes = Pick<Handlers, 'policies' | 'policySources' | 'policyTests'>;

/** What policy says, and whether it says what its tests want. */
export function policyRoutes({ policySet, policies, policyFolder }: PolicyParts): PolicyRoutes {
  const tested = createTests(policyFolder);
  return {
    policies: () => json(200, policies()),
    policySources: () => json(200, sourcesOf(policySet())),
    policyTests: async (exchange) => {
      const results = await tested(policySet());
      return results ? json(200, results) : refuse(exchange, 'busy');
    },
  };
}

const sourcesOf = ({ digest, files = [] }: PolicySet): PolicySources => ({
  digest,
  files: files.map(({ file, text }) => ({ file, text })),
});

type Run = { readonly key: string; readonly results: Promise<PolicyTests> };

/**
 * Runs the tests of a folder against a set, once for each version of both. One run at a time: whoever asks about another
 * version meanwhile is told to come back.
 */
function createTests(dir: string): (set: PolicySet) => Promise<PolicyTests> | undefined {
  let last: Run | undefined;
  let isRunning = false;
  return (set) => {
    const files = readPolicyTests(dir);
    const key = sha256(canonical([set.digest, files.map(({ file, text }) => [file, text])]));
    if (last?.key === key) return last.results;
    if (isRunning) return undefined;
    isRunning = true;
    const results = testApart(set, files)
      .then((run) => resultsOf(set, run))
      .finally(() => {
        isRunning = false;
      });
    last = { key, results };
    // what went wrong outside of the tests is tried again
    results.catch(() => (last = undefined));
    return results;
  };
}

const resultsOf = ({ digest }: PolicySet, run: Tested): PolicyTests =>
  run.ok
    ? { digest, ...run.value, problems: [] }
    : {
        digest,
        tests: [],
        unmatched: [],
        problems: run.error.map(({ file, line, message }) => ({ file, line, message })),
      };
