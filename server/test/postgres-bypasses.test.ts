import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { READ, WRITE } from '../../gates/postgres/test/database.ts';
import { B, C, D, E, frame, int32, openRaw, P, Q, S, type Raw } from './postgres-raw.ts';
import { AGENT, ALL_PASSES, KEY, openStand, READS_PASS, type Stand } from './postgres-stand.ts';

// Every bypass that was proven against gates of this kind. Each row first works straight on PostgreSQL 18, as the very login
// role the gate uses and with rights a careless operator gave it; the same bytes through the gate must come to nothing, with
// policy letting every read pass.

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
  await stand.database.run(readFileSync(new URL('postgres-bypass.sql', import.meta.url), 'utf8'));
  await stand.refresh();
}, 60_000);
afterAll(() => stand.close());
beforeEach(() => void stand.database.run(CALM));

const CALM = `update customers set plan = 'team' where id = 1; delete from calm; delete from ruled;
  drop table if exists evil.stolen; select lo_unlink(oid) from pg_largeobject_metadata`;
const PWNED = "update customers set plan = 'pwned' where id = 1";
const HIDDEN = '; update customers set plan = $$pwned$$ where id = 1; --';
const SECRET = /person-\d+@example\.com|Person \d/;

/** What a bypass is after: a change of the row, or a private value in anything the client is told. */
type Goal = 'change' | 'value' | RegExp;
type Row = {
  /** Of the reference's table. */
  readonly nr: number;
  readonly title: string;
  readonly goal: Goal;
  /** Which login role it starts from. */
  readonly lane?: 'read' | 'write';
  readonly run: (raw: Raw) => Promise<unknown>;
};

const sjis = Buffer.concat([
  Buffer.from("select E'"),
  Buffer.from([0x83, 0x5c]),
  Buffer.from(`'${HIDDEN}'\0`),
]);
const ask =
  (...texts: readonly string[]): Row['run'] =>
  async (raw) => {
    for (const text of texts) await raw.ask(Q(text));
  };
const oidOf = async (name: string): Promise<number> =>
  (await stand.database.run(`select '${name}'::regprocedure::oid::int as oid`)).rows[0]
    .oid as number;
const call = async (raw: Raw, oid: number, arg: string): Promise<unknown> => {
  const words = [int32(oid), Buffer.from([0, 0, 0, 1]), int32(arg.length), Buffer.from(arg)];
  return raw.ask(frame('F', ...words, Buffer.from([0, 0])));
};

const ROWS: readonly Row[] = [
  {
    nr: 1,
    title: 'a literal that ends earlier without standard_conforming_strings',
    goal: 'change',
    lane: 'write',
    run: ask('set standard_conforming_strings = off', `select '\\' , '${HIDDEN}'`),
  },
  {
    nr: 1,
    title: 'the same, the setting changed by set_config',
    goal: 'change',
    lane: 'write',
    run: ask(
      "select set_config('standard_conforming_strings', 'off', false)",
      `select '\\' , '${HIDDEN}'`,
    ),
  },
  {
    nr: 2,
    title: 'a backslash that is half a character in SJIS',
    goal: 'change',
    lane: 'write',
    run: async (raw) => {
      await raw.ask(Q("set client_encoding = 'SJIS'"));
      await raw.ask(frame('Q', sjis));
    },
  },
  {
    nr: 3,
    title: 'FunctionCall: a function without a text',
    goal: 'value',
    run: async (raw) => call(raw, await oidOf('email_of(int)'), '7'),
  },
  {
    nr: 3,
    title: 'FunctionCall: a file of the server',
    goal: /scram-sha-256/,
    run: async (raw) => call(raw, await oidOf('pg_read_file(text)'), 'pg_hba.conf'),
  },
  {
    nr: 4,
    title: "set_config('role', …) in a SELECT, then a write",
    goal: 'change',
    run: ask("select set_config('role', 'cs_write', false)", PWNED),
  },
  { nr: 4, title: 'SET ROLE, then a write', goal: 'change', run: ask('set role cs_write', PWNED) },
  {
    nr: 5,
    title: 'a read-only setting undone by a SELECT',
    goal: 'change',
    lane: 'write',
    run: ask(
      'set default_transaction_read_only = on',
      "select set_config('default_transaction_read_only', 'off', false)",
      PWNED,
    ),
  },
  {
    nr: 6,
    title: 'SECURITY DEFINER writes for a reader',
    goal: 'change',
    run: ask('select pwn()'),
  },
  {
    nr: 7,
    title: 'table_to_xml reads what a literal names',
    goal: 'value',
    run: ask("select table_to_xml('customers', true, false, '')"),
  },
  {
    nr: 7,
    title: 'schema_to_xml and database_to_xml',
    goal: 'value',
    run: ask(
      "select schema_to_xml('public', true, false, '')",
      "select database_to_xml(true, false, '')",
    ),
  },
  {
    nr: 7,
    title: 'query_to_xml runs what a literal says',
    goal: 'value',
    run: ask("select query_to_xml('select email from customers limit 3', true, false, '')"),
  },
  {
    nr: 8,
    title: 'a value in an error',
    goal: 'value',
    run: ask('select email::int from customers where id = 7'),
  },
  {
    nr: 8,
    title: 'a value in the detail of an error',
    goal: 'value',
    lane: 'write',
    run: ask("insert into customers (name, email) select 'x', email from customers where id = 7"),
  },
  {
    nr: 8,
    title: 'a value in a notice',
    goal: 'value',
    run: ask("do $$ begin raise notice '%', (select email from customers where id = 7); end $$"),
  },
  {
    nr: 8,
    title: 'a value in a notification',
    goal: 'value',
    run: ask(
      'listen leak',
      "select pg_notify('leak', email) from customers where id = 7",
      'select 1',
    ),
  },
  {
    nr: 8,
    title: 'values in the statistics',
    goal: 'value',
    lane: 'write',
    run: ask(
      "select most_common_vals, histogram_bounds from pg_stats where tablename = 'customers'",
    ),
  },
  {
    nr: 8,
    title: 'a value folded into a plan',
    goal: 'value',
    run: ask('explain (verbose) select * from orders where status = email_of_pure(7)'),
  },
  {
    nr: 9,
    title: 'several statements in one text',
    goal: 'change',
    lane: 'write',
    run: ask(`select 1; ${PWNED}`),
  },
  {
    nr: 10,
    title: 'PREPARE and EXECUTE',
    goal: 'change',
    lane: 'write',
    run: ask(`prepare p as ${PWNED}`, 'execute p'),
  },
  {
    nr: 10,
    title: 'PREPARE, then Bind to its name',
    goal: 'change',
    lane: 'write',
    run: async (raw) => {
      await raw.ask(Q(`prepare p as ${PWNED}`));
      await raw.ask(B('', 'p'), E(''), S);
    },
  },
  {
    nr: 10,
    title: 'Parse, then EXECUTE of its name',
    goal: 'change',
    lane: 'write',
    run: async (raw) => {
      await raw.ask(P('p', PWNED), S);
      await raw.ask(Q('execute p'));
    },
  },
  {
    nr: 10,
    title: 'DECLARE and FETCH',
    goal: 'value',
    run: ask(
      'begin',
      'declare c cursor for select email from customers where id = 7',
      'fetch 3 from c',
    ),
  },
  {
    nr: 10,
    title: 'DECLARE, then Execute of the cursor as a portal',
    goal: 'value',
    run: async (raw) => {
      await raw.ask(Q('begin'));
      await raw.ask(Q('declare c cursor for select email from customers where id = 7'));
      await raw.ask(E('c', 3), S);
    },
  },
  {
    nr: 12,
    title: 'a value as a setting that is reported',
    goal: 'value',
    run: ask("select set_config('application_name', email, false) from customers where id = 7"),
  },
  {
    nr: 13,
    title: 'a Parse the server skips (unnamed)',
    goal: 'change',
    lane: 'write',
    run: async (raw) => {
      await raw.ask(P('', PWNED), S);
      await raw.ask(B('', 'nowhere'), P('', 'select 1'), S);
      await raw.ask(B('', ''), E(''), S);
    },
  },
  {
    nr: 13,
    title: 'a Close and a Parse the server skips (named)',
    goal: 'change',
    lane: 'write',
    run: async (raw) => {
      await raw.ask(P('s', PWNED), S);
      await raw.ask(B('', 'nowhere'), C('S', 's'), P('s', 'select 1'), S);
      await raw.ask(B('', 's'), E(''), S);
    },
  },
  {
    nr: 13,
    title: 'the same in one packet',
    goal: 'change',
    lane: 'write',
    run: async (raw) => {
      raw.send(P('', PWNED), S, B('', 'nowhere'), P('', 'select 1'), S, B('', ''), E(''), S);
      for (let i = 0; i < 3; i++) await raw.ready();
    },
  },
  {
    nr: 14,
    title: 'Bind alone runs an immutable function',
    goal: 'change',
    run: async (raw) => raw.ask(P('', 'select pwn_pure(1)'), B('', ''), S),
  },
  {
    nr: 14,
    title: 'Bind and Describe run it with a parameter',
    goal: 'change',
    run: async (raw) => raw.ask(P('', 'select pwn_pure($1::int)'), B('', '', '1'), D('P', ''), S),
  },
  {
    nr: 15,
    title: 'a temporary table that nobody classified',
    goal: 'value',
    run: ask('create temp table t as select email from customers', 'select * from t'),
  },
  {
    nr: 15,
    title: 'a temporary table in the place of a known one',
    goal: 'value',
    run: ask(
      'create temp table countries as select email as code, name from customers',
      'select * from countries',
    ),
  },
  {
    nr: 16,
    title: 'a write in a WITH',
    goal: 'change',
    lane: 'write',
    run: ask(`with u as (${PWNED} returning 1) select * from u`),
  },
  {
    nr: 16,
    title: 'SELECT INTO',
    goal: 'value',
    lane: 'write',
    run: ask('select email into evil.stolen from customers limit 3', 'select * from evil.stolen'),
  },
  {
    nr: 16,
    title: 'EXPLAIN ANALYZE',
    goal: 'change',
    lane: 'write',
    run: ask(`explain analyze ${PWNED}`),
  },
  {
    nr: 16,
    title: 'COPY TO PROGRAM',
    goal: /uid=\d+/,
    run: ask(
      "copy noted to program 'id >&2; id > /tmp/countersign-bypass'",
      "select pg_read_file('/tmp/countersign-bypass')",
    ),
  },
  { nr: 16, title: 'COPY TO STDOUT', goal: 'value', run: ask('copy customers to stdout') },
  {
    nr: 16,
    title: 'COPY of a query',
    goal: 'value',
    run: ask('copy (select email from customers) to stdout'),
  },
  {
    nr: 16,
    title: 'a file of the server',
    goal: /scram-sha-256/,
    run: ask("select pg_read_file('pg_hba.conf')"),
  },
  {
    nr: 16,
    title: 'a large object',
    goal: 'value',
    run: ask(
      "select lo_from_bytea(4242, convert_to(email, 'UTF8')) from customers where id = 7",
      "select convert_from(lo_get(4242), 'UTF8')",
    ),
  },
  { nr: 16, title: 'DO', goal: 'change', lane: 'write', run: ask(`do $$ begin ${PWNED}; end $$`) },
  { nr: 16, title: 'CALL', goal: 'change', run: ask('call pwn_call()') },
  {
    nr: 16,
    title: 'an operator of a user',
    goal: 'change',
    run: ask('select 1 operator(evil.+) 1'),
  },
  { nr: 16, title: 'a type of a user', goal: 'change', run: ask('select 1::evil.checked') },
  {
    nr: 16,
    title: 'a function in the place of a known one',
    goal: 'change',
    run: ask('set search_path = evil, pg_catalog', "select lower('A')"),
  },
  {
    nr: 16,
    title: 'the same by set_config',
    goal: 'change',
    run: ask("select set_config('search_path', 'evil, pg_catalog', false)", "select lower('A')"),
  },
  { nr: 17, title: 'a view that calls', goal: 'change', run: ask('select * from sneaky') },
  { nr: 17, title: 'row security that calls', goal: 'change', run: ask('select id from noted') },
  {
    nr: 17,
    title: 'a trigger',
    goal: 'change',
    lane: 'write',
    run: ask('insert into calm values (1)'),
  },
  {
    nr: 17,
    title: 'a rule',
    goal: 'change',
    lane: 'write',
    run: ask('insert into ruled values (1)'),
  },
];

async function isReached(goal: Goal, raw: Raw): Promise<boolean> {
  if (goal === 'value') return SECRET.test(raw.said().toString('utf8'));
  if (goal !== 'change') return goal.test(raw.said().toString('utf8'));
  const { rows } = await stand.database.run('select plan from customers where id = 1');
  return (rows[0] as { plan: string }).plan === 'pwned';
}

async function attempt({ run, goal }: Row, config: object): Promise<boolean> {
  await stand.database.run(CALM);
  const raw = await openRaw({ host: '127.0.0.1', ...config });
  await run(raw);
  const is = await isReached(goal, raw);
  raw.drop();
  return is;
}

const through = (database: string) => ({
  port: stand.port,
  database,
  user: AGENT,
  password: KEY,
});

describe.each(ROWS)('bypass $nr: $title', (row) => {
  const { lane = 'read' } = row;
  test('works on PostgreSQL itself', async () => {
    const { port } = stand.database;
    const login = { port, database: 'postgres', ...(lane === 'read' ? READ : WRITE) };
    expect(await attempt(row, login)).toBe(true);
  });
  test.each(['crm', 'crm-tx'])('R2: comes to nothing where reads pass (%s)', async (database) => {
    stand.says(READS_PASS);
    expect(await attempt(row, through(database))).toBe(false);
  });
  // a change that policy allows is none of the gate's business; a value still is
  if (row.goal !== 'change')
    test('comes to nothing where everything passes', async () => {
      stand.says(ALL_PASSES);
      expect(await attempt(row, through('crm-tx'))).toBe(false);
    });
});

describe('bypass 11: replication, and whatever else a startup may ask for', () => {
  const ASKED: readonly (readonly [string, object])[] = [
    ['replication', { replication: 'database' }],
    ['options', { options: '-c standard_conforming_strings=off' }],
    ['a setting that is pinned', { search_path: 'evil' }],
  ];
  test.each(ASKED)('%s', async (_, asked) => {
    const direct = { port: stand.database.port, database: 'postgres', user: 'postgres' };
    expect(await startup(direct, asked)).toBe('in');
    for (const database of ['crm', 'crm-tx']) {
      const gate = { port: stand.port, database, user: AGENT };
      expect(await startup(gate, asked)).toBe('refused');
      expect(await startup(gate, { application_name: 'a' })).toBe('in');
    }
  });
});

test('what is no bypass passes, masked, when all this is over', async () => {
  stand.says(READS_PASS);
  for (const database of ['crm', 'crm-tx'] as const) {
    const client = await stand.connect(database);
    const { rows } = await client.query('select plan, email from customers where id = $1', [7]);
    expect(rows).toEqual([{ plan: 'team', email: expect.stringMatching(/^‹pii\.email·/) }]);
    await client.end();
  }
});

/** A startup message of one's own, and whether anybody was let in or asked for a password. */
function startup(
  { port, user, database }: { port: number; user: string; database: string },
  asked: object,
): Promise<'in' | 'refused'> {
  const words = Object.entries({ user, database, ...asked })
    .flat()
    .map(String);
  const body = Buffer.concat([int32(196_608), Buffer.from(`${words.join('\0')}\0\0`)]);
  const socket = connect(port, '127.0.0.1').end(Buffer.concat([int32(body.length + 4), body]));
  return new Promise((resolve) =>
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer[0] === 0x52 ? 'in' : 'refused');
    }),
  );
}
