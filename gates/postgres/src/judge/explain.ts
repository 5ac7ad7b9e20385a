import type { CatalogFollower } from '../catalog/catalog.ts';
import type { Estimate } from '../house.ts';
import type { StatementFacts, TextFacts } from '../sql/facts.ts';
import { UpstreamFailure, type Connection, type Upstream } from '../upstream.ts';
import { estimateIn } from './plan-rows.ts';

/** Asks the planner what it makes of a statement that did not run. */
export type Estimator = {
  /** Undefined where it may not be asked, or does not answer. Never throws. */
  readonly estimate: (text: string, facts: TextFacts) => Promise<Estimate | undefined>;
  readonly close: () => void;
};

/** The planner is quick, or it is no help to somebody who waits. */
const MOST_MS = 2_000;
/** Beyond so many that wait, the next ones go without. */
const MOST_WAITING = 8;
const IDLE_MS = 30_000;
/** `EXPLAIN (GENERIC_PLAN)`, for texts with `$n`, came with this version. */
const GENERIC = 16;

/**
 * Plans on the lane that writes, for the reading role may not even plan a write; in a transaction that reads only, and is
 * rolled back. One connection, one question at a time.
 */
export function createEstimator(parts: {
  readonly upstream: Upstream;
  readonly catalog: Pick<CatalogFollower, 'now'>;
}): Estimator {
  const { upstream, catalog } = parts;
  let open: Connection | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let idle: NodeJS.Timeout | undefined;
  let isClosed = false;
  const leave = (): void => {
    clearTimeout(idle);
    open?.close();
    open = undefined;
  };

  const asked = async (text: string): Promise<Estimate | undefined> => {
    if (isClosed) return undefined;
    clearTimeout(idle);
    try {
      open ??= await upstream.connect('write', { signal: AbortSignal.timeout(MOST_MS) });
      return await planned(upstream, open, text);
    } catch {
      leave();
      return undefined;
    } finally {
      idle = setTimeout(leave, IDLE_MS).unref();
      if (isClosed) leave();
    }
  };

  return {
    estimate: async (text, facts) => {
      if (waiting >= MOST_WAITING || !mayPlan(facts, catalog)) return undefined;
      waiting += 1;
      const next = last.then(() => asked(text));
      last = next;
      return next.finally(() => (waiting -= 1));
    },
    close: () => {
      isClosed = true;
      leave();
    },
  };
}

async function planned(
  upstream: Upstream,
  connection: Connection,
  text: string,
): Promise<Estimate | undefined> {
  const version = Number.parseInt(connection.parameters.get('server_version') ?? '', 10);
  const hasParameters = /\$\d/.test(text);
  if (hasParameters && !(version >= GENERIC)) return undefined;
  const how = hasParameters ? 'format json, generic_plan' : 'format json';
  const begun = `begin read only; set local statement_timeout = ${MOST_MS}`;
  await upstream.ask(connection, begun);
  try {
    const rows = await upstream.ask(connection, `explain (${how}) ${text}`);
    return estimateIn(rows.map(([line]) => line ?? '').join('\n'));
  } catch (error) {
    // the server said no; the connection is as good as before
    if (error instanceof UpstreamFailure && error.code === 'failed') return undefined;
    throw error;
  } finally {
    await upstream.ask(connection, 'rollback');
  }
}

const PLANNED: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'merge']);
const HARMLESS: ReadonlySet<string> = new Set([
  'star',
  'export',
  'row-lock',
  'cte-write',
  'trigger',
]);

/** Planning calls functions that do not change anything, users' own too: then nobody plans before somebody decided. */
function mayPlan(
  { statements, inspectable }: TextFacts,
  catalog: Pick<CatalogFollower, 'now'>,
): boolean {
  const [one, ...more] = statements;
  return (
    one !== undefined &&
    more.length === 0 &&
    inspectable === 'full' &&
    PLANNED.has(one.kind) &&
    one.risks.every((risk) => HARMLESS.has(risk)) &&
    one.functions.every((called) => called.class === 'pure') &&
    isAllKnown(one, catalog)
  );
}

/** No row security, whose conditions may call anything, and nothing the catalog does not tell of. */
function isAllKnown(
  { reads, writes }: StatementFacts,
  catalog: Pick<CatalogFollower, 'now'>,
): boolean {
  const now = catalog.now();
  return [...reads, ...writes].every((name) => {
    const dot = name.indexOf('.');
    const known = now?.relation(name.slice(0, dot), name.slice(dot + 1));
    return known !== undefined && !known.hidden.some((one) => one !== 'trigger');
  });
}
