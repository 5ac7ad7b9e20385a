import type { DataClass } from '@countersign/core';

const VALUES: DataClass = 'custom.statistics';
const TEXT: DataClass = 'custom.statement';
const SECRET: DataClass = 'secret.credential';

/**
 * What the catalog itself tells of rows, of statements of others and of credentials, by relation; every other column of these
 * is in clear. Extensions may live in any schema: those stand without one.
 */
export const BUILT_IN: ReadonlyMap<string, Readonly<Record<string, DataClass>>> = new Map(
  Object.entries({
    'pg_catalog.pg_statistic': {
      stavalues1: VALUES,
      stavalues2: VALUES,
      stavalues3: VALUES,
      stavalues4: VALUES,
      stavalues5: VALUES,
    },
    'pg_catalog.pg_statistic_ext_data': { stxdmcv: VALUES, stxdexpr: VALUES },
    'pg_catalog.pg_stats': {
      most_common_vals: VALUES,
      histogram_bounds: VALUES,
      most_common_elems: VALUES,
      range_bounds_histogram: VALUES,
    },
    'pg_catalog.pg_stats_ext': { most_common_vals: VALUES },
    'pg_catalog.pg_stats_ext_exprs': {
      most_common_vals: VALUES,
      histogram_bounds: VALUES,
      most_common_elems: VALUES,
    },
    'pg_catalog.pg_largeobject': { data: 'custom.large-object' },
    'pg_catalog.pg_stat_activity': { query: TEXT },
    'pg_catalog.pg_prepared_statements': { statement: TEXT },
    'pg_catalog.pg_cursors': { statement: TEXT },
    'pg_catalog.pg_backend_memory_contexts': { ident: TEXT },
    'pg_catalog.pg_authid': { rolpassword: SECRET },
    'pg_catalog.pg_shadow': { passwd: SECRET },
    'pg_catalog.pg_user_mapping': { umoptions: SECRET },
    'pg_catalog.pg_user_mappings': { umoptions: SECRET },
    'pg_catalog.pg_foreign_server': { srvoptions: SECRET },
    'pg_catalog.pg_foreign_table': { ftoptions: SECRET },
    'pg_catalog.pg_subscription': { subconninfo: SECRET },
    'pg_catalog.pg_stat_wal_receiver': { conninfo: SECRET },
    'pg_catalog.pg_file_settings': { setting: SECRET },
    'information_schema.user_mapping_options': { option_value: SECRET },
    'information_schema.foreign_server_options': { option_value: SECRET },
    'information_schema.foreign_table_options': { option_value: SECRET },
    pg_stat_statements: { query: TEXT },
  } satisfies Record<string, Record<string, DataClass>>),
);
