// `@.` stands for the schema of the log
const TEXTS = {
  // writing, all under the lock that `lock` takes
  lock: `SELECT size, root, frontier FROM @.head FOR UPDATE`,
  // a statement of its own: the one that waits for the lock still sees the tables as they were before
  versions: `SELECT u.stream,
        (SELECT ver FROM @.events e WHERE e.stream = u.stream ORDER BY ver DESC LIMIT 1) AS ver
      FROM unnest($1::text[]) AS u(stream)`,
  claims: `SELECT name, stream, until FROM @.claims WHERE name = ANY($1::text[])`,
  places: `SELECT stream, agent, owner, session, state FROM @.standings WHERE stream = ANY($1::text[])`,
  counts: `SELECT agent, state, count(*) AS n FROM @.standings
      WHERE agent = ANY($1::text[]) AND state = ANY($2::text[]) GROUP BY agent, state`,
  countsOfSessions: `SELECT u.agent, u.session, v.state, (SELECT count(*) FROM @.standings s
        WHERE s.agent = u.agent AND s.session = u.session AND s.state = v.state) AS n
      FROM unnest($1::text[], $2::text[]) AS u(agent, session), unnest($3::text[]) AS v(state)`,
  countsOfOwners: `SELECT u.owner, v.state, (SELECT count(*) FROM @.standings s
        WHERE s.owner = u.owner AND s.state = v.state) AS n
      FROM unnest($1::text[]) AS u(owner), unnest($2::text[]) AS v(state)`,
  insertEvents: `INSERT INTO @.events (seq, stream, ver, leaf, entry)
      SELECT $1::bigint + o - 1, stream, ver,
        substring($4::bytea FROM (o::integer - 1) * 32 + 1 FOR 32),
        substring($5::bytea FROM first FOR length)
      FROM unnest($2::text[], $3::integer[], $6::integer[], $7::integer[])
        WITH ORDINALITY AS u(stream, ver, first, length, o)`,
  insertTiles: `INSERT INTO @.tiles (level, idx, root)
      SELECT level, idx, substring($3::bytea FROM (o::integer - 1) * 32 + 1 FOR 32)
      FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS u(level, idx, o)`,
  stand: `INSERT INTO @.standings (stream, state, approval, agent, created, due, owner, session)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
        $7::text[], $8::text[])
      ON CONFLICT (stream) DO UPDATE SET state = excluded.state, approval = excluded.approval,
        agent = excluded.agent, created = excluded.created, due = excluded.due,
        owner = excluded.owner, session = excluded.session`,
  claim: `INSERT INTO @.claims (name, stream, until)
      SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
      ON CONFLICT (name) DO UPDATE SET stream = excluded.stream, until = excluded.until`,
  release: `DELETE FROM @.claims WHERE name = ANY($1::text[])`,
  sweep: `DELETE FROM @.claims WHERE name IN
      (SELECT name FROM @.claims WHERE until <= $1 ORDER BY until LIMIT 1000)`,
  insertBlobs: `INSERT INTO @.blobs (stream, name, data)
      SELECT stream, name, substring($3::bytea FROM first FOR length)
      FROM unnest($1::text[], $2::text[], $4::integer[], $5::integer[]) AS u(stream, name, first, length)
      ON CONFLICT DO NOTHING`,
  // the head and the writer's mark of the batch that made it, in one
  setHead: `WITH made AS (UPDATE @.head SET size = $1, root = $2, frontier = $3, at = $4)
      INSERT INTO @.writers (writer, batch, at) VALUES ($5, $6, $4)
      ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, at = excluded.at`,
  marked: `SELECT batch FROM @.writers WHERE writer = $1`,
  forget: `DELETE FROM @.writers WHERE at < $1`,
  erase: `UPDATE @.blobs SET data = '', erased = true WHERE stream = $1 AND NOT erased`,
  // reading
  head: `SELECT size, root, at FROM @.head`,
  reads: `SELECT seq, stream, ver, entry FROM @.events WHERE stream = ANY($1::text[])
      ORDER BY stream, ver`,
  range: `SELECT seq, stream, ver, entry FROM @.events WHERE seq >= $1 AND seq < $2 ORDER BY seq`,
  news: `SELECT seq, stream, ver FROM @.events WHERE seq >= $1 ORDER BY seq LIMIT 5000`,
  entries: `SELECT entry AS bytes FROM @.events WHERE seq >= $1 AND seq < $2 ORDER BY seq`,
  leaves: `SELECT leaf AS bytes FROM @.events WHERE seq >= $1 AND seq < $2 ORDER BY seq`,
  roots: `SELECT root AS bytes FROM @.tiles WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`,
  blobs: `SELECT b.stream, b.name, b.data
      FROM unnest($1::text[], $2::text[]) AS u(stream, name)
      JOIN @.blobs b ON b.stream = u.stream AND b.name = u.name WHERE NOT b.erased`,
  holder: `SELECT stream FROM @.claims WHERE name = $1 AND (until IS NULL OR until > $2)`,
  // each state in index order, then merged: one sorted scan over several states would read them all
  find: `SELECT f.* FROM unnest($1::text[]) AS u(state) CROSS JOIN LATERAL (
        SELECT stream, state, approval, agent, created, due, owner, session FROM @.standings WHERE state = u.state
        ORDER BY created DESC, stream DESC LIMIT $2) f
      ORDER BY created DESC, stream DESC LIMIT $2`,
  findBefore: `SELECT f.* FROM @.standings m, unnest($1::text[]) AS u(state) CROSS JOIN LATERAL (
        SELECT stream, state, approval, agent, created, due, owner, session FROM @.standings
        WHERE state = u.state AND (created, stream) < (m.created, m.stream)
        ORDER BY created DESC, stream DESC LIMIT $2) f
      WHERE m.stream = $3 ORDER BY f.created DESC, f.stream DESC LIMIT $2`,
  findAsked: `SELECT f.* FROM unnest($1::text[]) AS u(state) CROSS JOIN LATERAL (
        SELECT stream, state, approval, agent, created, due, owner, session FROM @.standings WHERE state = u.state AND approval IS NOT NULL
        ORDER BY created DESC, stream DESC LIMIT $2) f
      ORDER BY created DESC, stream DESC LIMIT $2`,
  findAskedBefore: `SELECT f.* FROM @.standings m, unnest($1::text[]) AS u(state) CROSS JOIN LATERAL (
        SELECT stream, state, approval, agent, created, due, owner, session FROM @.standings
        WHERE state = u.state AND approval IS NOT NULL AND (created, stream) < (m.created, m.stream)
        ORDER BY created DESC, stream DESC LIMIT $2) f
      WHERE m.stream = $3 ORDER BY f.created DESC, f.stream DESC LIMIT $2`,
  due: `SELECT stream FROM @.standings WHERE due <= $1 ORDER BY due, stream LIMIT $2`,
  count: `SELECT count(*) AS n FROM @.standings WHERE state = ANY($1::text[])`,
  countOf: `SELECT count(*) AS n FROM @.standings WHERE agent = $2 AND state = ANY($1::text[])`,
  earliest: `SELECT min(due) AS due FROM @.standings WHERE state = ANY($1::text[]) AND agent = $2`,
  earliestOfSession: `SELECT min(due) AS due FROM @.standings
      WHERE state = ANY($1::text[]) AND agent = $2 AND session = $3`,
  earliestOfOwner: `SELECT min(due) AS due FROM @.standings WHERE state = ANY($1::text[]) AND owner = $2`,
  byApproval: `SELECT stream FROM @.standings WHERE approval = $1`,
  // leases, by the database's clock
  hold: `INSERT INTO @.leases (name, holder, until)
      VALUES ($1, $2, extract(epoch FROM clock_timestamp()) * 1000 + $3::bigint)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
      WHERE leases.holder = excluded.holder
        OR leases.until <= extract(epoch FROM clock_timestamp()) * 1000
      RETURNING 1`,
  letGo: `DELETE FROM @.leases WHERE holder = $1`,
  served: `SELECT 1 FROM @.leases WHERE until > extract(epoch FROM clock_timestamp()) * 1000 LIMIT 1`,
  // dumping: each page begins after the last row of the one before
  dumpEntries: `SELECT seq, stream, ver, leaf, entry, seq AS mark0 FROM @.events
      WHERE seq > $1 ORDER BY seq LIMIT 1000`,
  dumpStandings: `SELECT stream, state, approval, agent, created, due, owner, session, stream AS mark0
      FROM @.standings WHERE stream > $1 ORDER BY stream LIMIT 1000`,
  dumpClaims: `SELECT name, stream, until, name AS mark0 FROM @.claims
      WHERE name > $1 ORDER BY name LIMIT 1000`,
  dumpBlobs: `SELECT stream, name, data, erased, stream AS mark0, name AS mark1 FROM @.blobs
      WHERE (stream, name) > ($1, $2) ORDER BY stream, name LIMIT 250`,
  loadHead: `UPDATE @.head SET size = $1, root = $2, frontier = $3, at = $4`,
  insertErased: `INSERT INTO @.blobs (stream, name, data, erased)
      SELECT stream, name, '', true FROM unnest($1::text[], $2::text[]) AS u(stream, name)`,
  now: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now',
} as const;

/** A statement on a log's tables. */
export type StatementName = keyof typeof TEXTS;
/** Every statement, for one schema, in SQL that PostgreSQL and what speaks its language share. */
export type Statements = Readonly<Record<StatementName, string>>;

/** The statements of a schema; `schema` is its quoted name. */
export function statementsOf(schema: string): Statements {
  const texts = Object.entries(TEXTS).map(([name, text]) => [
    name,
    text.replaceAll('@.', `${schema}.`),
  ]);
  return Object.fromEntries(texts) as Statements;
}
