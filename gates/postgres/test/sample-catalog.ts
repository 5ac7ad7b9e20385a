import type { Catalog, Column, FunctionClass, Holds, Relation } from '../src/index.ts';

let oid = 16_384;

type Options = Partial<Omit<Relation, 'oid' | 'name' | 'columns'>>;

function relation(
  name: string,
  columns: Readonly<Record<string, Holds | null>>,
  options: Options = {},
): Relation {
  oid += 1;
  return {
    oid,
    schema: 'public',
    name,
    kind: 'table',
    rows: 0,
    uniques: [],
    behind: [],
    hidden: [],
    isGuarded: Object.values(columns).some((holds) => holds !== null && holds !== 'none'),
    calls: [],
    ...options,
    columns: Object.entries(columns).map(([column, holds], index): Column => ({
      attnum: index + 1,
      name: column,
      type: 25,
      holds: holds ?? undefined,
    })),
  };
}

const events = { id: 'none', at: 'none', who: 'pii.email', what: 'none' } as const;
const customers = relation(
  'customers',
  {
    id: 'none',
    name: 'pii.name',
    email: 'pii.email',
    phone: 'pii.phone',
    card: 'pci.card',
    ssn: 'pii.us-ssn',
    plan: 'none',
    seats: 'none',
    notes: null,
    created: 'none',
  },
  { rows: 1000, uniques: [[1], [3]] },
);
const orders = relation(
  'orders',
  { id: null, customer_id: null, total: null, status: null, placed: null },
  { rows: 3000, uniques: [[1]] },
);
const parts = [relation('events_old', events), relation('events_new', events)];

/** Relations of `sample.sql` as its catalog tells them, and a few of PostgreSQL's own. */
const SAMPLE_RELATIONS: readonly Relation[] = [
  customers,
  orders,
  relation('countries', { code: null, name: null }, { rows: 3, uniques: [[1]] }),
  ...parts,
  relation('events', events, {
    kind: 'partitioned',
    rows: 400,
    behind: parts.map((part) => part.oid),
  }),
  relation(
    'customer_emails',
    { id: 'none', email: 'pii.email' },
    { kind: 'view', behind: [customers.oid] },
  ),
  relation(
    'order_totals',
    { id: 'none', plan: 'none', total: null },
    { kind: 'view', behind: [customers.oid, orders.oid] },
  ),
  relation('audited', { id: null }, { rows: 10, hidden: ['trigger', 'rule'] }),
  relation('pg_class', { oid: null, relname: null }, { schema: 'pg_catalog' }),
  relation('pg_stats', { tablename: null, most_common_vals: null }, { schema: 'pg_catalog' }),
  relation('pg_stat_activity', { pid: null, query: null }, { schema: 'pg_catalog' }),
];

const CLASSES: Readonly<Record<FunctionClass, RegExp>> = {
  'os-access': /^(?:pg_read_file|pg_ls_dir|lo_\w+|dblink\w*)$/,
  'reads-by-name': /(?:_to_xml|_to_xmlschema)$|^ts_stat$|^pg_get_viewdef$/,
  setting: /^set_config$/,
  volatile: /^(?:nextval|setval|pg_notify|pg_sleep|pg_advisory_lock|pg_terminate_backend)$/,
  user: /^(?:promote|email_of)$/,
  pure: /^(?:count|sum|avg|min|max|array_agg|string_agg|json_agg|lower|upper|length|md5|now|coalesce|row_number|generate_series|unnest|jsonb_each|row_to_json|to_json|random|substr|left|date_trunc|extract|concat|format|int4|text|regclass|current_setting|btrim|date_part|jsonb_array_elements|any_value|bool_or)$/,
  unknown: /^$/,
};

/** A hand-written catalog of `sample.sql`, so that what is expected of a text is plain to see. */
export const SAMPLE_CATALOG: Catalog = {
  generation: 1,
  searchPath: ['pg_catalog', 'public'],
  relations: SAMPLE_RELATIONS,
  relation: (schema, name) =>
    SAMPLE_RELATIONS.find(
      (one) => one.name === name && (schema === undefined || one.schema === schema),
    ),
  byOid: (id) => SAMPLE_RELATIONS.find((one) => one.oid === id),
  functionClass: (schema, name) => {
    if (schema !== undefined && schema !== 'pg_catalog' && schema !== 'public') return 'unknown';
    const found = Object.entries(CLASSES).find(([, names]) => names.test(name));
    return (found?.[0] ?? 'unknown') as FunctionClass;
  },
  isOwnType: (schema, name) =>
    schema === undefined || schema === 'pg_catalog' ? name !== 'mood' && name !== 'evil' : false,
};
