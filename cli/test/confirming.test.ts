import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { countersign, countersignJson, openTerminal, until, type Ran } from './terminal.ts';
import { openWorld, type World } from './world.ts';

// a program outside the system's folders is only partially understood
const OWN_TOOLS = `@id("own-tools") @reason("Agents may use the tools of this world")
permit (principal, action == Countersign::Action::"shell.exec", resource)
when { context.base.inspectable == Countersign::Inspectable::"partial" };
`;

let world: World;
beforeAll(async () => {
  world = await openWorld('limits: { execution_timeout: 1s }\n', OWN_TOOLS);
  const bin = join(world.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), '#!/bin/sh\necho "$@" > pushed\n');
  chmodSync(join(bin, 'git'), 0o755);
});
afterAll(() => world.remove());

const as = (name: string, ...words: string[]): Promise<Ran> =>
  countersign([...words, '--as', name], { cwd: world.folder });
const answer = (name: string, verb: string, id: string, seen: string): Promise<Ran> =>
  as(name, 'approvals', verb, id, '--yes', '--seen', seen);

/** Forces a push for omar, as the exec gate would; it waits for a decision in the background. */
async function forcePush(branch: string): Promise<{
  readonly ended: Promise<number>;
  readonly approvalId: string;
  readonly seen: string;
  readonly shown: () => string;
}> {
  const PATH = `${join(world.folder, 'bin')}:${process.env['PATH'] ?? ''}`;
  const terminal = openTerminal({ cwd: world.folder, env: { PATH } });
  const words = ['exec', '--agent', 'bot', '--host', 'build-7', '--on-behalf-of', 'omar', '--'];
  const ended = run([...words, 'git', 'push', '--force', 'origin', branch], terminal.io);
  await until(() => terminal.shown().includes('waits for the person it acts for'));
  const [approvalId = ''] = /apr_\w+/.exec(terminal.shown()) ?? [];
  const { json } = await countersignJson(['approvals', 'show', approvalId, '--as', 'omar'], {
    cwd: world.folder,
  });
  return { ended, approvalId, seen: String(json['seenDigest']), shown: terminal.shown };
}

describe('approvals confirm', () => {
  test('the person the agent acts for confirms, and it runs; nobody else may, and approving is no confirming', async () => {
    const { ended, approvalId, seen } = await forcePush('main');
    expect((await as('omar', 'approvals', 'list')).out).toMatch(/confirm +bot/);
    expect((await answer('lin', 'confirm', approvalId, seen)).err).toContain('not-found');
    const other = await answer('mona', 'confirm', approvalId, seen);
    expect({ code: other.code, err: other.err }).toEqual({
      code: 3,
      err: expect.stringContaining('not-the-confirmer'),
    });
    expect((await answer('omar', 'approve', approvalId, seen)).code).toBe(3);
    expect((await answer('bot', 'confirm', approvalId, seen)).code).toBe(3);
    expect(existsSync(join(world.folder, 'pushed'))).toBe(false);
    const confirmed = await answer('omar', 'confirm', approvalId, seen);
    expect(confirmed.code).toBe(0);
    expect(await ended).toBe(0);
    expect(existsSync(join(world.folder, 'pushed'))).toBe(true);
  });

  test('their deny is a no: exit 3, nothing runs', async () => {
    const { ended, approvalId, seen, shown } = await forcePush('other');
    expect((await answer('omar', 'deny', approvalId, seen)).code).toBe(0);
    expect(await ended).toBe(3);
    expect(shown()).toContain('NOT EXECUTED, denied');
  });

  test('R3 exec runs what people approved after an edit, and says so', async () => {
    const { ended, approvalId, shown } = await forcePush('third');
    const edited = await as(
      'omar',
      'approvals',
      'edit',
      approvalId,
      '--arg',
      'argv:=["git","push","origin","edited"]',
      '--json',
    );
    expect(edited.code).toBe(0);
    expect(await ended).toBe(0);
    expect(shown()).toContain('takes the place of');
    const { out } = await countersign(
      ['exec', '--agent', 'bot', '--host', 'build-7', '--', 'cat', 'pushed'],
      {
        cwd: world.folder,
      },
    );
    expect(out).toBe('push origin edited\n');
  });
});

describe('actions close', () => {
  test('R4 an unknown outcome is closed once, by a person who answers for it, and never run again', async () => {
    const { json } = await countersignJson(
      [
        'act',
        'sql.select',
        'Database::crm',
        '--as',
        'bot',
        '--args',
        '{"table":"customers","columns":["id"],"limit":3}',
      ],
      { cwd: world.folder },
    );
    const id = String(json['id']);
    const status = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await as('dana', 'actions', 'show', id, '--json')).out) as Record<
        string,
        unknown
      >;
    expect((await as('mona', 'actions', 'close', id, 'executed')).code).toBe(1); // still running
    await until(async () => (await status())['state'] === 'unknown');
    expect((await as('bot', 'actions', 'show', id, '--wait')).code).toBe(1);
    expect((await as('bot', 'actions', 'close', id, 'executed')).code).toBe(3);
    expect((await as('dana', 'actions', 'close', id, 'executed')).code).toBe(3); // never asked about it
    const closed = await as('mona', 'actions', 'close', id, 'failed', '--note', 'no rows arrived');
    expect(closed.code).toBe(0);
    expect(closed.out).toMatch(/^unknown /);
    expect(closed.out).toMatch(/closed as +failed/);
    const again = await as('mona', 'actions', 'close', id, 'executed');
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('already-closed') });
    expect(await status()).toMatchObject({ state: 'unknown', closedAs: 'failed', retry: 'never' });
  });
});
