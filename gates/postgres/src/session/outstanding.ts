import type { RowMask } from '../mask/mask.ts';
import type { Report } from '../wire/write.ts';
import { statementOf, type Leave } from './leave.ts';
import type { Names, Of, Portal, Statement } from './names.ts';
import type { Plan } from './plan.ts';

/** What was sent in place of something that is denied: the server's own refusal of it carries the nonce. */
export type Denied = { readonly nonce: string; readonly report: Report };

/** A message that went up and is not answered yet. */
export type Entry =
  | Query
  | {
      readonly is: 'parse';
      readonly name: string;
      readonly statement: Statement;
      readonly leave: Leave | undefined;
      readonly isHidden?: boolean;
      readonly denied?: Denied;
    }
  | {
      readonly is: 'bind';
      readonly name: string;
      readonly portal: Portal;
      readonly denied?: Denied;
      /** The transaction has failed, so the server refuses it. */
      readonly mustFail?: boolean;
    }
  | {
      readonly is: 'describe';
      readonly of: Of;
      readonly portal: Portal | undefined;
      readonly isHidden: boolean;
    }
  | Execute
  | { readonly is: 'close'; readonly of: Of; readonly name: string }
  | { readonly is: 'sync'; readonly isHidden?: boolean };

export type Query = {
  readonly is: 'query';
  readonly text: string;
  readonly leave: Leave | undefined;
  readonly plan: Plan | undefined;
  readonly denied?: Denied;
  /** Which statement answers next. */
  index: number;
  mask: RowMask | undefined;
  hasFailed: boolean;
  /** Tags of its statements, where its outcome will say them. */
  readonly summary: string[];
};

type Execute = {
  readonly is: 'execute';
  readonly portal: Portal;
  readonly denied?: Denied;
};

/** The plan of what an entry runs. */
export const planIn = (entry: Entry): Plan | undefined =>
  entry.is === 'query' ? entry.plan : entry.is === 'execute' ? entry.portal.plan : undefined;

/** Oldest first. */
export type Outstanding = Entry[];

/** What a name means once everything outstanding is answered; `wait`: that is not known before some of it is. */
export type Found<T> = T | undefined | 'wait';

/**
 * INVARIANT: within what is not synced yet the newest change counts, since a message is skipped if one before it failed; but a
 * change before the last Sync or Query may have been skipped without what follows being skipped too (row 13).
 */
export function findStatement(queue: Outstanding, names: Names, name: string): Found<Statement> {
  return find(
    queue,
    'statement',
    name,
    (change) => change.statement,
    () => names.statement.get(name),
  );
}

/** The same of portals. */
export function findPortal(queue: Outstanding, names: Names, name: string): Found<Portal> {
  return find(
    queue,
    'portal',
    name,
    (change) => change.portal,
    () => names.portal.get(name),
  );
}

type Change = { readonly statement?: Statement; readonly portal?: Portal };

function find<T>(
  queue: Outstanding,
  of: Of,
  name: string,
  pick: (change: Change) => T | undefined,
  confirmed: () => T | undefined,
): Found<T> {
  for (let at = queue.length - 1, isEarlier = false; at >= 0; at -= 1) {
    const entry = queue[at] as Entry;
    if (entry.is === 'query' || entry.is === 'sync') isEarlier = true;
    const change = changeOf(entry, of, name);
    if (change) return isEarlier ? 'wait' : pick(change);
  }
  return confirmed();
}

/** What an entry does to a name; undefined: nothing. */
function changeOf(entry: Entry, of: Of, name: string): Change | undefined {
  switch (entry.is) {
    case 'query':
      // a Query drops what has no name, whatever becomes of it
      return name === '' || touches(entry, of, name) ? {} : undefined;
    case 'parse':
      return of === 'statement' && entry.name === name ? { statement: entry.statement } : undefined;
    case 'bind':
      return of === 'portal' && entry.name === name ? { portal: entry.portal } : undefined;
    case 'close':
      return entry.of === of && entry.name === name ? {} : undefined;
    case 'execute':
      return touches(entry, of, name) ? madeBy(entry, of, name) : undefined;
    case 'describe':
    case 'sync':
      return undefined;
  }
}

const MAKES = { statement: 'prepare', portal: 'declare' } as const;
const DROPS = { statement: 'deallocate', portal: 'close' } as const;

function touches(entry: Query | Execute, of: Of, name: string): boolean {
  if (planIn(entry)?.hasNames !== true) return false;
  const leave = entry.is === 'query' ? entry.leave : entry.portal.leave;
  return (leave?.facts.statements ?? []).some((facts) =>
    facts.names.some(
      (use) =>
        (use.does === MAKES[of] || use.does === DROPS[of]) &&
        (use.name === undefined || use.name === name),
    ),
  );
}

function madeBy(entry: Execute, of: Of, name: string): Change {
  const facts = statementOf(entry.portal.leave);
  const isMade = facts?.names.some((use) => use.does === MAKES[of] && use.name === name);
  if (isMade !== true) return {};
  return { statement: sqlStatement(entry.portal.text), portal: cursorOf(entry.portal.leave) };
}

/** What `PREPARE` makes: its own text says what it is. */
export const sqlStatement = (text: string | undefined): Statement => ({
  text,
  types: [],
  by: 'sql',
});

/** What `DECLARE` makes. */
export const cursorOf = (leave: Leave, index = 0): Portal => ({
  leave,
  text: '',
  plan: undefined,
  facts: statementOf(leave, index),
  isCursor: true,
  isDescribed: false,
  mask: undefined,
});

/** A Query that goes up now. */
export const queryOf = (
  of: Pick<Query, 'text' | 'leave' | 'plan'> & { readonly denied?: Denied },
): Query => ({
  is: 'query',
  ...of,
  index: 0,
  mask: undefined,
  hasFailed: false,
  summary: [],
});
