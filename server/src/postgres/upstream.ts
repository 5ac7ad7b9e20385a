import { readFileSync } from 'node:fs';
import { createUpstream, type LaneLogin, type Upstream } from '@countersign/gate-postgres';
import { tlsModeOf, type DatabaseEntry, type LaneEntry } from '../config/postgres.ts';
import { isLoopbackHost } from '../loopback.ts';

/** Connects to a database as its entry says. Throws where its certificates cannot be read. */
export function upstreamOf(entry: DatabaseEntry): Upstream {
  const { name, host, port, socket, database, tls, read, write } = entry;
  const { searchPath, statementMs, idleTransactionMs } = entry;
  return createUpstream({
    name,
    host: socket ?? host ?? '',
    port,
    database: database ?? name,
    tls: tlsModeOf(entry, isLoopbackHost),
    ...(tls.ca === undefined ? {} : { ca: readFileSync(tls.ca, 'utf8') }),
    lanes: { read: loginOf(read), write: loginOf(write) },
    settings: { searchPath, statementMs, idleTransactionMs },
  });
}

const loginOf = ({ user, password }: LaneEntry): LaneLogin => ({
  user,
  ...(password === undefined ? {} : { password: password.reveal }),
});
