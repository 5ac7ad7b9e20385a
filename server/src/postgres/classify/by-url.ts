import type { DatabaseEntry } from '../../config/postgres.ts';

/**
 * A database that no configuration names yet, by its address. Undefined for what is none, and for one with a password in
 * it: whoever lists processes would read it.
 */
export function entryByUrl(
  name: string,
  text: string,
  password: string | undefined,
): DatabaseEntry | undefined {
  const url = URL.parse(text);
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol) || url.password !== '') return undefined;
  const user = decodeURIComponent(url.username);
  if (user === '' || url.hostname === '') return undefined;
  const lane = {
    user,
    ...(password === undefined ? {} : { password: { reveal: () => password } }),
  };
  const mode = url.searchParams.get('sslmode');
  return {
    name,
    attrs: {},
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 5_432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || name,
    tls: mode === 'disable' || mode === 'require' || mode === 'verify-full' ? { mode } : {},
    read: lane,
    write: lane,
    mode: 'read',
    holdMs: 0,
    notices: false,
    searchPath: ['public'],
    statementMs: 60_000,
    idleTransactionMs: 60_000,
    connections: 1,
    refreshMs: 60_000,
  };
}
