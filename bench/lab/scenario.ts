import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Range } from './chance.ts';

/** What an agent may do next; see `acts.ts`. */
const ACTS = [
  'read',
  'approved',
  'quorum',
  'denied',
  'expired',
  'cancelled',
  'joined',
  'retried',
  'doubled',
  'burst',
  'owner',
] as const;
export type ActName = (typeof ACTS)[number];

type When = { readonly every?: number | undefined; readonly at?: readonly number[] | undefined };

/** Something that goes wrong, and when; times in ms. */
export type Fault = When &
  (
    | { readonly kind: 'kill'; readonly down: number }
    | { readonly kind: 'pause'; readonly for: number }
    | { readonly kind: 'partition'; readonly for: number; readonly how: 'refuse' | 'blackhole' }
    | { readonly kind: 'delay'; readonly for: number; readonly by: number }
    | {
        readonly kind: 'database-restart';
        readonly how: 'immediate' | 'fast' | 'kill';
        readonly down: number;
      }
    | { readonly kind: 'database-pause'; readonly for: number }
    | { readonly kind: 'full-disk'; readonly for: number }
    | {
        readonly kind: 'kill-holder';
        readonly of: 'waiter' | 'voter' | 'both';
        readonly down: number;
      }
  );
export type FaultKind = Fault['kind'];

/** A run as its file describes it; times in ms. */
export type Scenario = {
  readonly store: 'sqlite' | 'postgres';
  readonly replicas: number;
  readonly agents: number;
  readonly reviewers: number;
  readonly minutes: number;
  /** How long each waits before the next thing, and how long a side effect takes. */
  readonly think: { readonly agent: Range; readonly reviewer: Range; readonly run: Range };
  /** Weights of what agents do. */
  readonly mix: Readonly<Record<ActName, number>>;
  /** Share of proposals without an idempotency key. */
  readonly keyless: number;
  /** Most approvals one agent may have waiting. */
  readonly pending: number;
  /** How late time's own entries may be while a replica lives. */
  readonly late: number;
  /** By how much the clock of each replica is wrong. */
  readonly skew: readonly number[];
  readonly faults: readonly Fault[];
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

const duration: z.ZodType<number, string> = z
  .string()
  .regex(/^-?\d+(\.\d+)?(ms|s|m)$/, 'write a number and ms, s or m, such as 20s')
  .transform(
    (text) => Number.parseFloat(text) * (UNITS[text.replace(/^[-\d.]+/, '')] ?? Number.NaN),
  );

const length = duration.refine((ms) => ms > 0, 'must be longer than nothing');

const range: z.ZodType<Range> = z
  .string()
  .transform((text) => text.split('..'))
  .pipe(z.tuple([duration, duration]))
  .refine(([low, high]) => low >= 0 && low <= high, 'write the shorter first, such as 1s..3s');

const when = { every: length.optional(), at: z.array(duration).optional() };
const fault: z.ZodType<Fault> = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('kill'), ...when, down: length }),
    z.strictObject({ kind: z.literal('pause'), ...when, for: length }),
    z.strictObject({
      kind: z.literal('partition'),
      ...when,
      for: length,
      how: z.enum(['refuse', 'blackhole']),
    }),
    z.strictObject({ kind: z.literal('delay'), ...when, for: length, by: length }),
    z.strictObject({
      kind: z.literal('database-restart'),
      ...when,
      how: z.enum(['immediate', 'fast', 'kill']),
      down: length,
    }),
    z.strictObject({ kind: z.literal('database-pause'), ...when, for: length }),
    z.strictObject({ kind: z.literal('full-disk'), ...when, for: length }),
    z.strictObject({
      kind: z.literal('kill-holder'),
      ...when,
      of: z.enum(['waiter', 'voter', 'both']),
      down: length,
    }),
  ])
  .refine(({ every, at }) => (every === undefined) !== (at === undefined), {
    message: 'say either `every` or `at`',
  });

const weights = Object.fromEntries(ACTS.map((name) => [name, z.number().min(0).default(0)]));

const NEEDS_DATABASE: ReadonlySet<FaultKind> = new Set([
  'partition',
  'delay',
  'database-restart',
  'database-pause',
]);

const scenario: z.ZodType<Scenario> = z
  .strictObject({
    store: z.enum(['sqlite', 'postgres']),
    replicas: z.int().min(1).max(9),
    agents: z.int().min(1).max(2_000),
    reviewers: z.int().min(4).max(100),
    minutes: z
      .number()
      .positive()
      .max(24 * 60),
    think: z.strictObject({ agent: range, reviewer: range, run: range }),
    mix: z
      .strictObject(weights)
      .refine((mix) => Object.values(mix).some((weight) => weight > 0), 'nothing is done')
      .transform((mix) => mix as Record<ActName, number>),
    keyless: z.number().min(0).max(1).default(0.1),
    pending: z.int().min(1).max(100).default(3),
    late: length.default(10_000),
    skew: z.array(duration).default([]),
    faults: z.array(fault).default([]),
  })
  .superRefine(({ store, replicas, skew, faults }, context) => {
    const say = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (store === 'sqlite' && replicas > 1)
      say(['replicas'], 'the embedded store has one replica; use `store: postgres` for more');
    if (skew.length > replicas) say(['skew'], 'has more entries than there are replicas');
    for (const [i, { kind }] of faults.entries()) {
      if (store === 'sqlite' && NEEDS_DATABASE.has(kind))
        say(['faults', i, 'kind'], `\`${kind}\` needs \`store: postgres\``);
      if (replicas < 3 && kind === 'kill-holder')
        say(
          ['faults', i, 'kind'],
          '`kill-holder` needs three replicas: the answer comes from a third',
        );
    }
  });

/** A file that is no scenario, with every reason. */
export class NotAScenario extends Error {}

/** Reads a scenario file. Throws `NotAScenario` with file, line and path of all that is wrong. */
export function loadScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new NotAScenario(
      `${path}: cannot be read; name a file such as bench/lab/scenarios/ci.yaml`,
    );
  }
  return parseScenario(text, path);
}

/** A scenario from its text. */
export function parseScenario(text: string, path = 'scenario'): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken) throw new NotAScenario(`${path}: ${broken.message}`);
  const read = scenario.safeParse(document.toJS());
  if (read.success) return read.data;
  const lineOf = (steps: readonly PropertyKey[]): number => {
    for (let depth = steps.length; depth > 0; depth--) {
      const node: unknown = document.getIn(steps.slice(0, depth), true);
      const at = (node as { range?: readonly number[] } | undefined)?.range?.[0];
      if (at !== undefined) return lines.linePos(at).line;
    }
    return 1;
  };
  throw new NotAScenario(
    read.error.issues
      .map(
        ({ path: steps, message }) =>
          `${path}:${lineOf(steps)}: \`${steps.join('.') || 'scenario'}\`: ${message}`,
      )
      .join('\n'),
  );
}
