import type { DatabaseSettings } from '../parts.ts';
import { UpstreamFailure } from '../upstream.ts';

/** What of an operator's settings a connection is pinned to. */
export type PinnedSettings = Pick<
  DatabaseSettings,
  'searchPath' | 'statementMs' | 'idleTransactionMs'
>;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The schemas a server looks in. Where it is not named, the one of temporary tables comes before all others, so that a
 * temporary table would hide one that is classified.
 */
const searchPathOf = (schemas: readonly string[]): string =>
  [...schemas.map(quoted), 'pg_temp'].join(', ');

/** What decides how a server reads a text: pinned, and looked at once more when a connection is open. */
const understood = (schemas: readonly string[]): ReadonlyMap<string, string> =>
  new Map([
    ['client_encoding', 'UTF8'],
    ['standard_conforming_strings', 'on'],
    ['backslash_quote', 'safe_encoding'],
    ['search_path', searchPathOf(schemas)],
    ['row_security', 'on'],
    ['transform_null_equals', 'off'],
    ['quote_all_identifiers', 'off'],
  ]);

/** Never ours to set, and never to be otherwise. */
const EXPECTED: readonly (readonly [string, string])[] = [
  ['session_replication_role', 'origin'],
  ['role', 'none'],
];

/** Parameters of the startup: pinned ones last, so nothing a client asks for takes their place. */
export function startupParameters(
  who: { readonly user: string; readonly database: string },
  settings: PinnedSettings,
  asked: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const pinned = understood(settings.searchPath);
  const free = [...asked].filter(([name]) => !pinned.has(name));
  return new Map([
    ['application_name', 'countersign'],
    ['statement_timeout', String(settings.statementMs)],
    ['idle_in_transaction_session_timeout', String(settings.idleTransactionMs)],
    ...free,
    ...pinned,
    ['user', who.user],
    ['database', who.database],
  ]);
}

/** Asks how a connection is set; `refuseSettings` reads the answer. */
export const settingsQuestion = (settings: PinnedSettings): string =>
  `select ${[...understood(settings.searchPath).keys(), ...EXPECTED.map(([name]) => name)]
    .map((name) => `pg_catalog.current_setting('${name}')`)
    .join(', ')}`;

/** Throws `UpstreamFailure` unless a connection is as it was pinned: a pooler may have left out what it does not know. */
export function refuseSettings(
  settings: PinnedSettings,
  row: readonly (string | null)[] | undefined,
): void {
  const wanted = [...understood(settings.searchPath), ...EXPECTED];
  for (const [at, [name, value]] of wanted.entries())
    if (row?.[at] !== value)
      throw new UpstreamFailure(
        'settings',
        `the database does not keep to \`${name}\` as it is pinned`,
      );
}
