// A database gate's judge for tests: the real gatekeeper over a ledger in memory, with a classifier that knows a few texts.
import {
  createGatekeeper,
  type Gatekeeper,
  type Judgement,
  type LedgerStore,
  type Question,
} from '@countersign/core';
import {
  createJudge,
  createPostgresGate,
  type Asked,
  type Catalog,
  type Classified,
  type Judged,
  type JudgeParts,
  type QueryArguments,
  type QueryStatus,
  type StatementFacts,
} from '@countersign/gate-postgres';
import { allow, must, openOffice, review, who, type Office } from '../../core/test/office.ts';
import { createEpoch } from '../src/postgres/epoch.ts';
import { createQueryHouse } from '../src/postgres/house.ts';

const plain: StatementFacts = {
  kind: 'select',
  verbs: ['select'],
  reads: [],
  writes: [],
  columns: { read: [], set: [] },
  functions: [],
  risks: [],
  unbounded: false,
  hasWhere: true,
  rows: 1,
  export: false,
  classes: [],
  isClean: true,
  parameters: {},
  literalSensitive: false,
  changesCatalog: false,
  names: [],
};

/** Facts of one statement: as the words in it say. */
const factsOf = (text: string): StatementFacts => {
  const table = /\b(?:from|into|update)\s+(\w+)/i.exec(text)?.[1];
  const relation = table === undefined ? [] : [`public.${table}`];
  const kind = (/^\w+/.exec(text)?.[0].toLowerCase() ?? 'empty') as StatementFacts['kind'];
  const isWrite = ['update', 'delete', 'insert'].includes(kind);
  const hasWhere = /\bwhere\b/i.test(text);
  return {
    ...plain,
    kind: /^drop/i.test(text) ? 'ddl' : kind,
    verbs: [kind],
    ...(isWrite ? { writes: relation } : { reads: relation }),
    risks: /^drop/i.test(text) ? ['ddl', 'drop'] : text.includes('os()') ? ['os-access'] : [],
    unbounded: isWrite && kind !== 'insert' && !hasWhere,
    hasWhere,
    rows: isWrite ? undefined : 1,
    classes: text.includes('email') ? ['pii.email'] : [],
    literalSensitive: /\blimit\b/i.test(text),
    names: kind === 'execute' ? [{ does: 'execute', name: text.split(' ')[1] }] : [],
    parameters: /email = \$1/.test(text) ? { 1: 'pii.email' } : {},
  };
};

const classify = (text: string): Classified => {
  if (text.includes('???'))
    return { is: 'refused', risk: 'unparseable', message: 'this statement cannot be read' };
  const statements = text.split(';').map((one) => factsOf(one.trim()));
  const isUnknown = text.includes('odd(');
  return {
    is: 'understood',
    facts: {
      statements,
      inspectable: isUnknown ? 'none' : 'full',
      gaps: isUnknown ? ['a function that nobody knows'] : [],
    },
  };
};
const catalog = { generation: 1 } as Catalog;

/** The text without its literals. */
const shapeOf = (text: string): string =>
  text.replaceAll(/'[^']*'/g, "'\0s'").replaceAll(/(?<![\w$])\d+/g, '\0n');

export type QueryHouse = {
  readonly office: Office;
  readonly gatekeeper: Gatekeeper;
  readonly judge: ReturnType<typeof createJudge>;
  readonly gate: ReturnType<typeof createPostgresGate>;
  /** What policy was asked, in order. */
  readonly questions: Question[];
  now: { says: (question: Question) => Judgement; catalog: Catalog | undefined; live: unknown };
  readonly asked: (text: string, more?: Partial<QueryArguments>, session?: string) => Asked;
  readonly ask: (
    text: string,
    how?: {
      readonly more?: Partial<QueryArguments>;
      readonly session?: string;
      readonly signal?: AbortSignal;
      readonly onHeld?: (status: QueryStatus) => void;
    },
  ) => Promise<Judged>;
  /** Runs a text as a session does: under what stands, else asked for; says whether it ran. */
  readonly run: (text: string) => Promise<boolean>;
  readonly vote: (choice: 'approve' | 'deny', by?: string) => Promise<void>;
  /** Resolves when the ledger heard how everything ended. */
  readonly told: () => Promise<void>;
  /** Every entry there is. */
  readonly entries: () => Promise<readonly Entry[]>;
};
type Entry = {
  readonly type: string;
  readonly stream: string;
  readonly report?: {
    readonly outcome: string;
    readonly repeats?: number;
    readonly summary?: string;
  };
};

const asked: QueryHouse['asked'] = (text, args = {}, session = 'one') => ({
  agent: 'data-bot',
  database: 'crm',
  session,
  arguments: { text, lane: 'read', transaction: 'own', ...args },
});

/** Opens one. */
export function openQueryHouse(
  more: Partial<JudgeParts> & { readonly store?: (store: LedgerStore) => LedgerStore } = {},
): QueryHouse {
  const office = openOffice(allow);
  const store = more.store?.(office.store) ?? office.store;
  const streams: string[] = [];
  office.store.onAppended(({ stream }) => void (streams.includes(stream) || streams.push(stream)));
  const questions: Question[] = [];
  const now: QueryHouse['now'] = { says: () => allow, catalog, live: {} };
  const gate = createPostgresGate({
    find: (name) => (name === 'crm' ? { classify, owner: 'data-owners' } : undefined),
  });
  const gatekeeper = createGatekeeper({
    ...office.parts,
    store,
    judge: {
      judge: async (question) => {
        questions.push(question);
        return now.says(question);
      },
    },
    gateOf: (type) => (gate.types.has(type) ? gate : undefined),
  });
  const house = createQueryHouse({
    gatekeeper,
    store,
    current: async () => undefined,
    log: { error: () => undefined },
    epoch: createEpoch([() => now.live, () => office.killed]),
  });
  const { store: _, ...parts } = more;
  const judge = createJudge({
    database: 'crm',
    catalog: { now: () => now.catalog },
    classify: (text) => classify(text),
    shapeOf,
    house,
    settings: { holdMs: 2_000 },
    urlOf: (id) => `https://cs.example/a/${id}`,
    now: office.clock,
    ...parts,
  });
  const ask: QueryHouse['ask'] = (text, how = {}) =>
    judge.ask(asked(text, how.more, how.session), {
      signal: how.signal ?? new AbortController().signal,
      onHeld: how.onHeld ?? (() => undefined),
    });
  return {
    office,
    gatekeeper,
    judge,
    gate,
    questions,
    now,
    asked,
    ask,
    run: async (text) => {
      const permit = judge.permitted('data-bot', text, { lane: 'read', transaction: 'own' });
      if (permit) {
        permit.ran('executed');
        return true;
      }
      const judged = await ask(text);
      if (judged.is === 'run') judged.run.report({ outcome: 'executed' });
      return judged.is === 'run';
    },
    vote: async (choice, by = 'dana') => {
      const [pending] = await store.find({ states: ['pending'], limit: 1 });
      if (!pending) throw new Error('nobody is asked');
      const ballot = await office.ballotOf(pending.stream, { choice });
      must(await gatekeeper.vote(who(office, by), ballot));
    },
    told: house.told,
    entries: async () => {
      await house.told();
      const all = await Promise.all(streams.map((stream) => office.store.read(stream)));
      return all.flatMap((one, i) =>
        one.map(({ entry }) => ({ ...(JSON.parse(entry) as Entry), stream: streams[i] ?? '' })),
      );
    },
  };
}

/** Policy's answers. */
export const VERDICTS: { readonly allow: Judgement; readonly review: Judgement } = {
  allow: allow,
  review: review(),
};

/** Lets everything that is ready to happen, happen. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};
