import type { FunctionClass } from './catalog.ts';
import { FIRST_OWN_OID, type Row } from './questions.ts';

/** Functions of a database by what may be believed of them. */
export type Functions = {
  readonly classOf: (schema: string | undefined, name: string) => FunctionClass;
  /** By OID, with its name. */
  readonly byOid: (oid: number) => { readonly name: string; readonly class: FunctionClass };
};

// from harmless to worst
const ORDER: readonly FunctionClass[] = [
  'pure',
  'volatile',
  'setting',
  'unknown',
  'user',
  'reads-by-name',
  'os-access',
];
const worse = (a: FunctionClass, b: FunctionClass): FunctionClass =>
  ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;

const OS = /^(?:pg_read_|pg_ls_|pg_stat_file$|lo_|loread$|lowrite$|pg_file_|dblink|pg_logdir_ls$)/;
const BY_NAME =
  /_to_xml(?:schema|_and_xmlschema)?$|^(?:ts_stat|ts_rewrite|crosstab\w*|connectby|xpath_table|current_query|inet_\w+|pg_get_\w+|pg_stat_get\w*|pg_cursor|pg_prepared_statement|pg_show_all_file_settings|pg_hba_file_rules|pg_ident_file_mappings)$/;
// names of things and their definitions, asked for by every client that describes a table
const DEFINITIONS =
  /^pg_get_(?:userbyid|keywords|serial_sequence|expr|indexdef|constraintdef|triggerdef|partkeydef|function_(?:arguments|identity_arguments|result)|statisticsobjdef_columns)$|^pg_partition_(?:root|ancestors|tree)$|^pg_(?:table|indexes|relation|total_relation|database|tablespace)_size$/;
const HARMLESS =
  /^(?:random|random_normal|clock_timestamp|statement_timestamp|timeofday|gen_random_uuid|uuidv4|uuidv7|currval|lastval)$/;

/** What one overload may be believed. */
function classOf(
  oid: number,
  schema: string,
  name: string,
  volatility: string | null,
  isDefiner: boolean,
): FunctionClass {
  if (OS.test(name)) return 'os-access';
  if (DEFINITIONS.test(name) && oid < FIRST_OWN_OID) return 'pure';
  if (BY_NAME.test(name)) return 'reads-by-name';
  // an extension may put its own into `pg_catalog`
  if (oid >= FIRST_OWN_OID || isDefiner) return 'user';
  if (schema !== 'pg_catalog' && schema !== 'information_schema') return 'user';
  if (name === 'set_config') return 'setting';
  return volatility === 'v' && !HARMLESS.test(name) ? 'volatile' : 'pure';
}

/** Of all overloads the worst, of all schemas an unqualified name may mean the worst. */
export function readFunctions(rows: readonly Row[], searchPath: readonly string[]): Functions {
  const schemas = new Map<string, Map<string, FunctionClass>>();
  const oids = new Map<number, readonly [schema: string, name: string]>();
  for (const [id, schema = null, name = null, volatility = null, definer] of rows) {
    if (schema === null || name === null) continue;
    const oid = Number(id);
    oids.set(oid, [schema, name]);
    const names = schemas.get(schema) ?? new Map<string, FunctionClass>();
    schemas.set(schema, names);
    const one = classOf(oid, schema, name, volatility, definer === 't');
    names.set(name, worse(names.get(name) ?? 'pure', one));
  }
  const find: Functions['classOf'] = (schema, name) => {
    const found = (schema === undefined ? searchPath : [schema]).flatMap((one) => {
      const known = schemas.get(one)?.get(name);
      return known ? [known] : [];
    });
    return found.length === 0 ? 'unknown' : found.reduce(worse);
  };
  return {
    classOf: find,
    byOid: (oid) => {
      const [schema, name] = oids.get(oid) ?? [];
      if (schema === undefined || name === undefined) return { name: `#${oid}`, class: 'unknown' };
      return { name: `${schema}.${name}`, class: find(schema, name) };
    },
  };
}
