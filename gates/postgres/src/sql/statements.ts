import type { Node, RangeVar } from 'libpg-query';
import { callOf } from './calls.ts';
import { copied } from './copy.ts';
import { DDL, made, notesDdl } from './ddl.ts';
import { explained } from './explain.ts';
import type { Kind } from './facts.ts';
import { relationItem } from './from.ts';
import { as, bodyOf, handlerOf, nameOf, type Handlers } from './node.ts';
import { gap, type Notes } from './notes.ts';
import { capped, sum } from './rows.ts';
import { setting } from './set.ts';
import { byLiteral, nowhere, type Told } from './told.ts';
import { notesType } from './types.ts';
import { each, type Walk } from './walk.ts';

/** A statement by the closed tables; what has no entry is `unknown`. */
export function tell(walk: Walk, node: Node): Told {
  const name = nameOf(node);
  const handler = handlerOf(STATEMENTS, name);
  if (handler) return handler(bodyOf(node), walk);
  walk.notes.isLiteralSensitive = true;
  if (name !== undefined && DDL[name]) {
    notesDdl(walk, name, bodyOf(node));
    return { kind: 'ddl' };
  }
  gap(walk.notes, 'unknown-stmt', `a \`${name ?? '?'}\` is not understood`);
  return { kind: 'unknown' };
}

/** What the parser writes for ALL. */
const FETCH_ALL = 2 ** 31 - 1;

/** A write or a query at the top. */
const queried =
  (kind: Kind) =>
  (walk: Walk, node: Node): Told => {
    const derived = walk.query(node, undefined);
    const { notes } = walk;
    const worst = notes.risks.has('cte-write') ? worstOf(notes, kind) : kind;
    const rows = kind === 'select' ? sum(derived.rows, notes.written) : notes.written;
    return {
      kind: worst,
      rows,
      export: derived.export,
      hasWhere: derived.hasWhere && !notes.isUnbounded,
    };
  };

/** Of a statement with writes inside, the kind that is hardest to take back. */
function worstOf(notes: Notes, kind: Kind): Kind {
  const order = ['delete', 'merge', 'update', 'insert'] as const;
  return order.find((verb) => notes.verbs.has(verb)) ?? kind;
}

/** Statements that change no object. */
export const STATEMENTS: Handlers<Walk, Told> = {
  SelectStmt: (body, walk) => {
    if (!body.intoClause) return queried('select')(walk, { SelectStmt: body });
    return createdAs(body.intoClause.rel, { SelectStmt: body }, walk);
  },
  InsertStmt: (body, walk) => queried('insert')(walk, { InsertStmt: body }),
  UpdateStmt: (body, walk) => queried('update')(walk, { UpdateStmt: body }),
  DeleteStmt: (body, walk) => queried('delete')(walk, { DeleteStmt: body }),
  MergeStmt: (body, walk) => queried('merge')(walk, { MergeStmt: body }),
  CreateTableAsStmt: ({ into, query }, walk) => createdAs(into?.rel, query, walk),
  CopyStmt: (body, walk) => copied(body, body.query && tell(walk, body.query), walk),
  ExplainStmt: (body, walk) =>
    explained(body, body.query ? tell(walk, body.query) : { kind: 'unknown' }, walk),
  TransactionStmt: ({ kind }, { notes }) => {
    notes.verbs.add('transaction');
    if (kind?.includes('PREPARED') === true || kind === 'TRANS_STMT_PREPARE') {
      notes.risks.add('two-phase');
      byLiteral(notes);
    }
    return { kind: 'tx' };
  },
  ConstraintsSetStmt: (_, { notes }) => {
    notes.verbs.add('transaction');
    return { kind: 'tx' };
  },
  VariableSetStmt: setting,
  VariableShowStmt: ({ name }, { notes }) => {
    notes.verbs.add('show');
    if (name?.includes('.') === true) notes.isClean = false;
    return { kind: 'show' };
  },
  PrepareStmt: ({ name, query, argtypes }, walk) => {
    for (const type of argtypes ?? []) notesType(walk.notes, as(type, 'TypeName'));
    walk.notes.names.push({ does: 'prepare', name });
    byLiteral(walk.notes);
    return { ...(query && tell(walk, query)), kind: 'prepare' };
  },
  ExecuteStmt: ({ name, params }, walk) => {
    each(params, { walk, scope: nowhere() });
    return elsewhere(walk.notes, 'execute', name);
  },
  DeallocateStmt: ({ name }, { notes }) => {
    notes.verbs.add('deallocate');
    notes.names.push({ does: 'deallocate', name });
    return { kind: 'deallocate' };
  },
  DeclareCursorStmt: ({ portalname, query }, walk) => {
    walk.notes.names.push({ does: 'declare', name: portalname });
    byLiteral(walk.notes);
    return { ...(query && tell(walk, query)), kind: 'declare' };
  },
  FetchStmt: ({ portalname, howMany }, { notes }) => {
    const rows = Number(howMany ?? 0);
    const isKnown = Math.abs(rows) < FETCH_ALL;
    return { ...elsewhere(notes, 'fetch', portalname), ...(isKnown && { rows: Math.abs(rows) }) };
  },
  ClosePortalStmt: ({ portalname }, { notes }) => {
    notes.verbs.add('close');
    notes.names.push({ does: 'close', name: portalname });
    return { kind: 'close' };
  },
  ListenStmt: (_, { notes }) => plain(notes, 'listen'),
  UnlistenStmt: (_, { notes }) => plain(notes, 'listen'),
  NotifyStmt: (_, { notes }) => {
    notes.risks.add('notify');
    byLiteral(notes);
    return plain(notes, 'notify');
  },
  DiscardStmt: ({ target }, { notes }) => {
    if (target === 'DISCARD_ALL') notes.risks.add('session-identity');
    if (target === 'DISCARD_TEMP') notes.risks.add('temp');
    return plain(notes, 'discard');
  },
  DoStmt: (_, { notes }) => {
    notes.elsewhere.add('what the code does is not understood');
    return other(notes, 'do', 'procedural');
  },
  CallStmt: ({ funccall }, walk) => {
    if (funccall) callOf(funccall, { walk, scope: nowhere() });
    walk.notes.elsewhere.add('what the procedure does is not in the text');
    return other(walk.notes, 'call', 'procedural');
  },
  TruncateStmt: ({ relations, behavior }, walk) => {
    const { notes } = walk;
    notes.verbs.add('truncate');
    notes.risks.add('truncate');
    if (behavior === 'DROP_CASCADE') notes.risks.add('cascade');
    notes.isUnbounded = true;
    const items = rangeVars(relations).map((name) => relationItem(walk, name, 'writes'));
    const rows = items.reduce<number | undefined>((all, one) => sum(all, one.rows), 0);
    return { kind: 'delete', rows };
  },
  LockStmt: ({ relations }, walk) => {
    for (const name of rangeVars(relations)) relationItem(walk, name, 'reads');
    return other(walk.notes, 'lock', 'lock');
  },
  VacuumStmt: ({ rels, options, is_vacuumcmd }, { notes }) => {
    for (const node of rels ?? []) {
      const relation = as(node, 'VacuumRelation')?.relation;
      if (relation) made(notes, relation);
    }
    if (options?.some((option) => as(option, 'DefElem')?.defname === 'full') === true)
      notes.risks.add('locking-ddl');
    return other(notes, is_vacuumcmd === true ? 'vacuum' : 'analyze', 'maintenance');
  },
  ClusterStmt: ({ relation }, { notes }) => {
    if (relation) made(notes, relation);
    notes.risks.add('locking-ddl');
    return other(notes, 'cluster', 'maintenance');
  },
  ReindexStmt: ({ relation }, { notes }) => {
    if (relation) made(notes, relation);
    notes.risks.add('locking-ddl');
    return other(notes, 'reindex', 'maintenance');
  },
  CheckPointStmt: (_, { notes }) => other(notes, 'checkpoint', 'maintenance'),
  LoadStmt: (_, { notes }) => other(notes, 'load', 'os-access'),
  AlterSystemStmt: (_, { notes }) => other(notes, 'alter', 'server-config'),
};

function plain(notes: Notes, kind: 'listen' | 'notify' | 'discard'): Told {
  notes.verbs.add(kind);
  return { kind };
}

function other(notes: Notes, verb: string, risk: Parameters<Notes['risks']['add']>[0]): Told {
  notes.verbs.add(verb);
  notes.risks.add(risk);
  notes.isClean = false;
  if (verb === 'do' || verb === 'call') notes.changesCatalog = true;
  byLiteral(notes);
  return { kind: 'other' };
}

/** The gap that a name leaves: what it stands for is in another statement. */
export const saidEarlier = (name: string | undefined): string =>
  `what \`${name ?? ''}\` is was said earlier`;

/** What a name stands for is not in this statement. */
function elsewhere(notes: Notes, does: 'execute' | 'fetch', name: string | undefined): Told {
  notes.verbs.add(does);
  notes.names.push({ does, name });
  notes.elsewhere.add(saidEarlier(name));
  notes.isClean = false;
  byLiteral(notes);
  return { kind: does };
}

const rangeVars = (nodes: readonly Node[] | undefined): readonly RangeVar[] =>
  (nodes ?? []).flatMap((node) => as(node, 'RangeVar') ?? []);

function createdAs(into: RangeVar | undefined, query: Node | undefined, walk: Walk): Told {
  const { notes } = walk;
  if (into) made(notes, into);
  const told = query && as(query, 'ExecuteStmt') ? tell(walk, query) : undefined;
  const derived = told ? undefined : walk.query(query, undefined);
  notes.verbs.add('create');
  notes.risks.add('ddl');
  notes.changesCatalog = true;
  notes.isClean = false;
  byLiteral(notes);
  return { kind: 'ddl', rows: derived?.rows, hasWhere: derived?.hasWhere === true };
}

/** Rows that are known, within what can be counted. */
export const rowsTold = (told: Told): number | undefined =>
  told.rows === undefined ? undefined : capped(told.rows);
