import type { RangeVar } from 'libpg-query';
import { calledOf, notesFunction } from './calls.ts';
import { textsOf, written, type NodeName } from './node.ts';
import { nameOfRelation, writesRelation, type Notes } from './notes.ts';
import type { Risk } from './risks.ts';
import { riskOfSetting } from './settings.ts';
import type { Walk } from './walk.ts';

type Ddl = readonly [verb: string, ...risks: readonly Risk[]];

const CODE: Ddl = ['create', 'ddl', 'ddl-code'];
const ALTER_CODE: Ddl = ['alter', 'ddl', 'ddl-code'];
const SECURITY: Ddl = ['create', 'ddl', 'ddl-security'];
const ALTER_SECURITY: Ddl = ['alter', 'ddl', 'ddl-security'];
const CREATE: Ddl = ['create', 'ddl'];
const ALTER: Ddl = ['alter', 'ddl'];
const PRIVILEGE: Ddl = ['alter', 'ddl', 'privilege'];

/** Statements that change objects, with the verb policy sees and what they risk. */
export const DDL: { readonly [K in NodeName]?: Ddl } = {
  CreateStmt: CREATE,
  CreateSchemaStmt: CREATE,
  ViewStmt: ['create', 'ddl', 'ddl-security'],
  IndexStmt: CREATE,
  CreateSeqStmt: CREATE,
  CreateDomainStmt: CODE,
  CompositeTypeStmt: CREATE,
  CreateEnumStmt: CREATE,
  CreateRangeStmt: CODE,
  CreateStatsStmt: CREATE,
  CreatedbStmt: CREATE,
  CreateTableSpaceStmt: ['create', 'ddl', 'os-access'],
  DropTableSpaceStmt: ['drop', 'ddl', 'drop', 'os-access'],
  AlterTableSpaceOptionsStmt: ['alter', 'ddl', 'server-config'],
  AlterTableMoveAllStmt: ['alter', 'ddl', 'locking-ddl'],
  CreateExtensionStmt: CODE,
  AlterExtensionStmt: ALTER_CODE,
  AlterExtensionContentsStmt: ALTER_CODE,
  CreateFdwStmt: ['create', 'ddl', 'ddl-code', 'ddl-security'],
  AlterFdwStmt: ['alter', 'ddl', 'ddl-code', 'ddl-security'],
  CreateForeignServerStmt: SECURITY,
  AlterForeignServerStmt: ALTER_SECURITY,
  CreateForeignTableStmt: SECURITY,
  CreateUserMappingStmt: SECURITY,
  AlterUserMappingStmt: ALTER_SECURITY,
  DropUserMappingStmt: ['drop', 'ddl', 'ddl-security', 'drop'],
  ImportForeignSchemaStmt: SECURITY,
  CreatePolicyStmt: SECURITY,
  AlterPolicyStmt: ALTER_SECURITY,
  SecLabelStmt: ALTER_SECURITY,
  CreateAmStmt: CODE,
  CreateTrigStmt: CODE,
  CreateEventTrigStmt: CODE,
  AlterEventTrigStmt: ALTER_CODE,
  CreatePLangStmt: CODE,
  CreateFunctionStmt: CODE,
  AlterFunctionStmt: ALTER_CODE,
  RuleStmt: CODE,
  DefineStmt: CODE,
  CreateOpClassStmt: CODE,
  CreateOpFamilyStmt: CODE,
  AlterOpFamilyStmt: ALTER_CODE,
  AlterOperatorStmt: ALTER_CODE,
  CreateConversionStmt: CODE,
  CreateCastStmt: CODE,
  CreateTransformStmt: CODE,
  CreateRoleStmt: ['create', 'ddl', 'privilege'],
  AlterRoleStmt: PRIVILEGE,
  AlterRoleSetStmt: ['alter', 'ddl', 'privilege', 'server-config'],
  DropRoleStmt: ['drop', 'ddl', 'privilege', 'drop'],
  GrantStmt: ['grant', 'ddl', 'privilege'],
  GrantRoleStmt: ['grant', 'ddl', 'privilege'],
  AlterDefaultPrivilegesStmt: PRIVILEGE,
  AlterOwnerStmt: PRIVILEGE,
  ReassignOwnedStmt: PRIVILEGE,
  DropOwnedStmt: ['drop', 'ddl', 'privilege', 'drop'],
  AlterTableStmt: ['alter', 'ddl', 'locking-ddl'],
  AlterDomainStmt: ALTER_CODE,
  AlterTypeStmt: ALTER_CODE,
  AlterEnumStmt: ALTER,
  AlterCollationStmt: ALTER,
  AlterSeqStmt: ALTER,
  AlterStatsStmt: ALTER,
  AlterObjectDependsStmt: ALTER,
  AlterObjectSchemaStmt: ['alter', 'ddl', 'locking-ddl'],
  RenameStmt: ['alter', 'ddl', 'locking-ddl'],
  AlterTSDictionaryStmt: ALTER_CODE,
  AlterTSConfigurationStmt: ALTER,
  AlterDatabaseStmt: ALTER,
  AlterDatabaseRefreshCollStmt: ALTER,
  AlterDatabaseSetStmt: ['alter', 'ddl', 'server-config'],
  DropdbStmt: ['drop', 'ddl', 'drop'],
  DropStmt: ['drop', 'ddl', 'drop', 'locking-ddl'],
  CommentStmt: ['comment', 'ddl'],
  CreatePublicationStmt: SECURITY,
  AlterPublicationStmt: ALTER_SECURITY,
  CreateSubscriptionStmt: SECURITY,
  AlterSubscriptionStmt: ALTER_SECURITY,
  DropSubscriptionStmt: ['drop', 'ddl', 'ddl-security', 'drop'],
  RefreshMatViewStmt: ['refresh', 'ddl', 'maintenance'],
};

/** Parts of statements that change objects, wherever they stand, and what they risk besides. */
const PARTS: Readonly<Record<string, Risk>> = {
  DROP_CASCADE: 'cascade',
  AT_ChangeOwner: 'privilege',
  AT_EnableRowSecurity: 'ddl-security',
  AT_DisableRowSecurity: 'ddl-security',
  AT_ForceRowSecurity: 'ddl-security',
  AT_NoForceRowSecurity: 'ddl-security',
  AT_DropColumn: 'drop',
  AT_DropConstraint: 'drop',
  AT_DetachPartition: 'drop',
  OBJECT_POLICY: 'ddl-security',
  OBJECT_TRIGGER: 'ddl-code',
  OBJECT_RULE: 'ddl-code',
  OBJECT_FUNCTION: 'ddl-code',
};
const TRIGGERS = /^AT_(?:En|Dis)able.*(?:Trig|Rule)/;

/** Notes what a statement that changes objects names: relations as written, functions, queries in it as read. */
export function notesDdl(walk: Walk, name: NodeName, body: object): void {
  const [verb = 'alter', ...risks] = DDL[name] ?? [];
  const { notes } = walk;
  if (verb !== undefined) notes.verbs.add(verb);
  for (const risk of risks) notes.risks.add(risk);
  if (name === 'IndexStmt' && !('concurrent' in body)) notes.risks.add('locking-ddl');
  notes.changesCatalog = true;
  notes.isClean = false;
  notes.isLiteralSensitive = true;
  if (name === 'DropStmt') dropped(notes, body);
  visit(walk, '', body);
}

function visit(walk: Walk, key: string, value: unknown): void {
  const { notes } = walk;
  if (typeof value === 'string') {
    const risk = PARTS[value] ?? (TRIGGERS.test(value) ? 'ddl-security' : undefined);
    if (risk && key !== 'sval') notes.risks.add(risk);
  }
  if (typeof value !== 'object' || value === null) return;
  if (key === 'SelectStmt') {
    walk.query({ SelectStmt: value }, undefined);
    return;
  }
  if (key === 'FuncCall') {
    const { schema, name } = calledOf(value);
    notesFunction(notes, schema, name);
  }
  if ('relname' in value) made(notes, value as RangeVar);
  if ('setstmt' in value) settingOf(notes, value.setstmt as { readonly name?: string });
  for (const [inner, one] of Object.entries(value))
    visit(walk, Array.isArray(value) ? key : inner, one);
}

/** Notes a relation that is made, changed or removed: the catalog need not know it. */
export function made(notes: Notes, name: RangeVar): void {
  if (name.relpersistence === 't' || name.schemaname?.startsWith('pg_temp') === true)
    notes.risks.add('temp');
  const relation = notes.catalog.relation(name.schemaname, name.relname ?? '');
  if (relation) writesRelation(notes, relation);
  else
    notes.writes.add(
      name.schemaname === undefined ? `${homeOf(notes)}.${name.relname ?? ''}` : written(name),
    );
}

const homeOf = (notes: Notes): string =>
  notes.catalog.searchPath.find((schema) => schema !== 'pg_catalog') ?? 'pg_catalog';

function settingOf(notes: Notes, { name }: { readonly name?: string }): void {
  const risk = riskOfSetting(name ?? 'all', undefined);
  if (risk) notes.risks.add(risk);
}

function dropped(notes: Notes, { objects }: { readonly objects?: readonly object[] }): void {
  for (const object of objects ?? []) {
    const list =
      'List' in object ? (object.List as { readonly items?: readonly never[] }).items : [];
    const parts = textsOf(list);
    // of a trigger, rule or policy the relation stands before its name
    for (const names of [parts, parts.slice(0, -1)]) {
      const name = names.at(-1);
      const relation = name === undefined ? undefined : notes.catalog.relation(names.at(-2), name);
      if (relation) notes.writes.add(nameOfRelation(relation));
    }
  }
}
