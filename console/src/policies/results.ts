/** What the gateway tells of the tests beside its policies. */
export type TestResults = {
  readonly items?: readonly {
    readonly name: string;
    readonly file?: string;
    readonly passed?: boolean;
    readonly ok?: boolean;
    readonly problem?: string;
    readonly why?: string;
  }[];
  readonly untested?: readonly string[];
};

export type Summary = {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly why: string }[];
  readonly untested: readonly string[];
};

/** Results in short. */
export function summaryOf({ items = [], untested = [] }: TestResults): Summary {
  const isGood = (one: (typeof items)[number]): boolean => one.passed ?? one.ok ?? false;
  const failures = items
    .filter((one) => !isGood(one))
    .map(({ name, problem, why }) => ({ name, why: problem ?? why ?? 'failed' }));
  return { passed: items.length - failures.length, failures, untested };
}
