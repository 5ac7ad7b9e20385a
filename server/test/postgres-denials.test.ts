import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPrograms, runProgram } from './postgres-programs.ts';
import { B, D, E, errorOf, letters, openRaw, P, Q, S, type Raw } from './postgres-raw.ts';
import { AGENT, KEY, openStand, type Stand } from './postgres-stand.ts';

// What a client sees of a statement that did not run: an error of the server itself, at its place, in its transaction.

let stand: Stand;
beforeAll(async () => void (stand = await openStand()), 60_000);
afterAll(() => stand.close());

const DENIED = 'select * from countries';
const WRITE = "update customers set plan = 'denied' where id = 2";
const READ = 'select plan from customers where id = 2';
const rows = async (): Promise<unknown> =>
  (await stand.database.run("select count(*)::int as n from customers where plan = 'denied'")).rows;
const raw = (database: string): Promise<Raw> =>
  openRaw({ host: '127.0.0.1', port: stand.port, database, user: AGENT, password: KEY });

describe.each(['crm', 'crm-tx'] as const)('a denial (%s)', (database) => {
  test('R2: says that nothing ran, why, and what to do, and the connection goes on', async () => {
    const client = await stand.connect(database);
    await expect(client.query(DENIED)).rejects.toMatchObject({
      code: '42501',
      severity: 'ERROR',
      message: expect.stringMatching(/^NOT EXECUTED, denied: /),
    });
    await expect(client.query(WRITE)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringMatching(/^NOT EXECUTED, pending apr_/),
      hint: expect.stringMatching(/^https:\/\/cs\.example\/a\/apr_/),
    });
    expect((await client.query(READ)).rowCount).toBe(1);
    await client.end();
  });

  test('R2: in a transaction it is aborted: 25P02 for the next, ROLLBACK for COMMIT', async () => {
    const client = await stand.connect(database);
    await client.query('begin');
    await client.query(READ);
    await expect(client.query(DENIED)).rejects.toMatchObject({ code: '42501' });
    await expect(client.query(READ)).rejects.toMatchObject({ code: '25P02' });
    await expect(client.query(WRITE)).rejects.toMatchObject({ code: '25P02' });
    expect((await client.query('commit')).command).toBe('ROLLBACK');
    expect((await client.query(READ)).rowCount).toBe(1);
    await client.end();
  });

  test('after a savepoint only what came behind it is lost', async () => {
    const client = await stand.connect(database);
    await client.query('begin');
    await client.query('savepoint a');
    await expect(client.query(DENIED)).rejects.toMatchObject({ code: '42501' });
    await client.query('rollback to a');
    expect((await client.query(READ)).rowCount).toBe(1);
    expect((await client.query('commit')).command).toBe('COMMIT');
    await client.end();
  });

  test('in a pipeline what follows to the next Sync is skipped, as the server does', async () => {
    const it = await raw(database);
    it.send(P('', READ), B('', ''), D('P', ''), E(''));
    it.send(P('', DENIED), B('', ''), D('P', ''), E(''));
    it.send(P('', READ), B('', ''), E(''), S);
    it.send(P('', READ), B('', ''), E(''), S);
    const first = await it.ready();
    expect(letters(first)).toMatch(/^1 2 T D C 1 (?:2 (?:T )?)?E ZI$/);
    expect(errorOf(first, 'C')).toBe('42501');
    expect(letters(await it.ready())).toBe('1 2 D C ZI');
    it.drop();
  });

  test('the first error is told as it is where a denied statement is skipped behind it', async () => {
    const it = await raw(database);
    const said = await it.ask(
      P('', 'select nothing_of_this_name'),
      P('', DENIED),
      B('', ''),
      E(''),
      S,
    );
    expect(letters(said)).toBe('E ZI');
    expect(errorOf(said, 'C')).not.toBe('42501');
    expect(letters(await it.ask(Q(READ)))).toBe('T D C ZI');
    it.drop();
  });

  test('several statements in one text are one action: none of them ran', async () => {
    const it = await raw(database);
    const said = await it.ask(Q(`${READ}; ${DENIED}; ${READ}`));
    expect(letters(said)).toBe('E ZI');
    expect(errorOf(said, 'C')).toBe('42501');
    it.drop();
  });

  test('a name that was denied does not exist', async () => {
    const it = await raw(database);
    expect(letters(await it.ask(P('s', DENIED), B('', 's'), E(''), S))).toMatch(
      /^(?:1 )?(?:2 )?E ZI$/,
    );
    expect(letters(await it.ask(B('', 's'), E(''), S))).toMatch(/^(?:2 )?E ZI$/);
    expect(letters(await it.ask(P('s', READ), B('', 's'), E(''), S))).toMatch(/E ZI$|^1 2 D C ZI$/);
    it.drop();
  });

  test.skipIf(!hasPrograms())(
    'psql stops at it, says it, and ends as for any other error',
    async () => {
      const words = [stand.url(database), '-X', '-v', 'ON_ERROR_STOP=1', '-c', READ, '-c', DENIED];
      const ran = await runProgram('psql', [...words, '-c', READ]);
      expect(ran.code).toBe(1);
      expect(ran.out.match(/\(1 row\)/g)).toHaveLength(1);
      expect(ran.err).toMatch(/^ERROR: {2}NOT EXECUTED, denied: /);
    },
  );
});

test('nothing that was denied has happened', async () => {
  expect(await rows()).toEqual([{ n: 0 }]);
});
