import type { TextFacts } from '../sql/facts.ts';
import type { Report } from '../wire/write.ts';
import { missing, refused, reportOf } from './denial.ts';
import { byItself, type Leave } from './leave.ts';
import { findPortal, findStatement } from './outstanding.ts';
import type { Plan } from './plan.ts';
import type { Session } from './session.ts';

export type Prepared = { readonly name: string; readonly text: string };

/** What the names in a text come to. */
export type Resolved =
  /** What an EXECUTE in it runs, to be judged along with it. */
  | { readonly is: 'behind'; readonly prepared: readonly Prepared[] }
  /** It runs nothing that was not decided already. */
  | { readonly is: 'covered'; readonly leave: Leave; readonly plan: Plan | undefined }
  | { readonly is: 'deny'; readonly report: Report }
  | { readonly is: 'wait' };

/** Looks up what a text refers to in its session: one namespace for SQL and protocol (row 10). */
export function resolveNames(session: Session, facts: TextFacts, plan: Plan): Resolved {
  const { statements } = facts;
  const [only] = statements;
  if (statements.length === 1 && only) {
    // preparing analyses and no more, as Parse does: what it prepares is decided when it is executed
    if (only.kind === 'prepare' || only.kind === 'deallocate' || only.kind === 'close')
      return { is: 'covered', leave: byItself(facts), plan };
    const name = only.names[0]?.name;
    if (only.kind === 'fetch' && name !== undefined) return fetched(session, facts, name);
  }
  return behind(session, facts);
}

/** A cursor was let through when it was declared, and so is all it has. */
function fetched(session: Session, facts: TextFacts, name: string): Resolved {
  const found = findPortal(session.main.queue, session.names, name);
  if (found === 'wait') return { is: 'wait' };
  if (!found) return unknown(missing('cursor', name));
  if (!found.facts || session.isOpaque)
    return { is: 'covered', leave: byItself(facts, found.leave.clear), plan: undefined };
  // masked by what it was declared for
  const declared = { ...facts, statements: [found.facts] };
  return { is: 'covered', leave: byItself(declared, found.leave.clear), plan: undefined };
}

function behind(session: Session, facts: TextFacts): Resolved {
  const own = { statement: new Set<string>(), portal: new Set<string>() };
  const prepared: Prepared[] = [];
  for (const { does, name } of facts.statements.flatMap(({ names }) => names)) {
    if (name === undefined) continue;
    if (does === 'prepare') own.statement.add(name);
    else if (does === 'declare') own.portal.add(name);
    else if (does === 'execute' && !own.statement.has(name)) {
      const text = executed(session, name);
      if (typeof text !== 'string') return text;
      prepared.push({ name, text });
    } else if (does === 'fetch' && !own.portal.has(name)) {
      const found = findPortal(session.main.queue, session.names, name);
      if (found === 'wait') return { is: 'wait' };
      if (!found) return unknown(missing('cursor', name));
    }
  }
  return { is: 'behind', prepared };
}

/** What `EXECUTE` runs: the text of its `PREPARE`. */
function executed(session: Session, name: string): string | Resolved {
  const found = findStatement(session.main.queue, session.names, name);
  if (found === 'wait') return { is: 'wait' };
  if (!found) return unknown(missing('prepared statement', name));
  if (found.by === 'sql' && found.text !== undefined) return found.text;
  const why =
    found.by === 'sql'
      ? 'it was prepared among other statements'
      : 'it was prepared by the protocol';
  return {
    is: 'deny',
    report: reportOf(
      refused(
        `what \`EXECUTE\` of \`${name}\` runs cannot be told: ${why}`,
        'PREPARE it by a statement that stands alone, or execute it the way it was prepared.',
      ),
    ),
  };
}

/** A name nobody here knows is refused in the words of the server, which is not asked: code of others may have made it. */
const unknown = (report: Report): Resolved => ({ is: 'deny', report });
