import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { countersign, countersignJson, openTerminal, until, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

const LOW = `@id("low-read") @review("A small read") @approvers("data-owners") @quorum("1") @expires("1h") @risk("low")
forbid (principal, action == Countersign::Action::"sql.select", resource is Countersign::Database)
when { context.sql.rows < 100 };`;
const MORE = `access: { administrators: [security] }
drills:
  agent: bot
  per_week: 0
  templates:
    - { id: all-of-it, type: sql.export, resource: { type: Database, id: crm }, arguments: { table: customers, columns: [id], destination: "to-a-stranger.csv" } }
`;

let world: World;
beforeAll(async () => {
  world = await openWorld(MORE, LOW);
});
afterAll(() => world.remove());

const here = () => ({ cwd: world.folder });
const as = (name: string, ...words: string[]): Promise<Ran> =>
  countersign([...words, '--as', name], here());
const json = async (name: string, ...words: string[]) =>
  (await countersignJson([...words, '--as', name], here())).json;

let limit = 0;
/** A read that waits, and the digest of what is asked. */
async function asked(name = 'sql.select'): Promise<{ id: string; seen: string }> {
  const limited = ['--arg', `limit:=${++limit}`];
  const told = await json(
    'bot',
    'act',
    name,
    'Database::crm',
    '--arg',
    'table=customers',
    '--arg',
    'columns:=["id"]',
    ...limited,
    '--no-wait',
  );
  const id = String(told['approvalId']);
  return { id, seen: String((await json('dana', 'approvals', 'show', id))['seenDigest']) };
}

describe('several at once (M9)', () => {
  test('each by the digest of what was seen; a refused one drops no other', async () => {
    const [one, two, gone] = [await asked(), await asked(), await asked()];
    const show = await json('dana', 'approvals', 'show', gone.id);
    await as('bot', 'actions', 'cancel', (show['status'] as { id: string }).id);
    const ids = [one.id, gone.id, two.id];
    const seen = [one.seen, gone.seen, two.seen];
    const wrong = await as('dana', 'approvals', 'approve', ...ids, '--yes', '--seen', one.seen);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('not what is asked now')]);
    const words = [...ids, '--yes', '--seen', seen.join()];
    const { code, json: done } = await countersignJson(
      ['approvals', 'approve', ...words, '--as', 'dana'],
      here(),
    );
    expect(code).toBe(1);
    expect(done).toMatchObject({
      batch: { size: 3 },
      items: [
        { status: { state: 'approved' } },
        { problem: { code: 'not-pending' } },
        { status: { state: 'approved' } },
      ],
    });
  });

  test('at a terminal all are shown, and a code of exactly these is asked for', async () => {
    const [one, two] = [await asked(), await asked()];
    const deny = async (type: (code: string) => string) => {
      const terminal = openTerminal(here(), true);
      const ended = run(['approvals', 'deny', one.id, two.id, '--as', 'dana'], terminal.io);
      await until(() => terminal.shown().includes('type its last 4 letters'));
      const shown = stripVTControlCharacters(terminal.shown());
      const code = /phrase of all: \S*(\w{4})\)/.exec(shown)?.[1] ?? '';
      expect(shown.match(/Agent|agent {9}/g)?.length).toBeGreaterThanOrEqual(2);
      terminal.type(`${type(code)}\r`);
      return { code: await ended, printed: terminal.printed() };
    };
    expect((await deny(() => 'nope')).code).toBe(1);
    const { code, printed } = await deny((letters) => letters);
    expect(code).toBe(0);
    expect(printed.match(/denied/g)).toHaveLength(2);
  });

  test('one request is not named twice', async () => {
    const { id } = await asked();
    const { code } = await as('dana', 'approvals', 'deny', id, id, '--yes', '--seen', 'x');
    expect(code).toBe(2);
  });
});

describe('drills and the report', () => {
  test('EV-19: an administrator runs one, somebody catches it, the list says so', async () => {
    const drilled = await json('ana', 'drills', 'run', '--template', 'all-of-it');
    expect(drilled['state']).toBe('pending');
    expect((await as('ana', 'drills', 'list')).out).toContain('1 waiting');
    const id = String(drilled['approvalId']);
    const seen = String((await json('dana', 'approvals', 'show', id))['seenDigest']);
    const { code, out } = await as('dana', 'approvals', 'deny', id, '--yes', '--seen', seen);
    expect([code, out]).toEqual([0, expect.stringContaining('a drill: caught')]);
    expect((await as('ana', 'drills', 'list')).out).toMatch(/caught .* dana .*to-a-stranger/);
    expect((await as('omar', 'drills', 'run')).code).toBe(3);
  });

  test('L38: the report in words, and as one JSON value', async () => {
    const { code, out } = await as('dana', 'report');
    expect(code).toBe(0);
    expect(out).toMatch(/denied +2 of 4 \(50 %\)/);
    expect(out).toMatch(/part seen +0 of 2 \(0 %\), .* must be 0/);
    expect(out).toMatch(/catch rate 1 of 1 \(100 %\)/);
    expect(out).toMatch(/dana +\d+ +4 /);
    const told = await json('dana', 'report', '--from', '2020-01-01', '--to', '2020-02-01');
    expect(told).toMatchObject({ entries: 0, requests: { total: 0 } });
    expect((await as('omar', 'report')).code).toBe(3);
  });
});
