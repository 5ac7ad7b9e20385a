import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countersign, countersignJson } from './terminal.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.stop();
  const file = join(world.folder, 'policies', 'data.review.cedar');
  const large = '@approvers("data-owners") @quorum("1") @expires("2h")';
  writeFileSync(file, readFileSync(file, 'utf8').replace(large, `${large} @waivable("8h, 2")`));
  await world.start();
});
afterAll(() => world.remove());

const here = () => ({ cwd: world.folder });
const told = async (name: string, ...words: string[]) => {
  const { code, json } = await countersignJson([...words, '--as', name], here());
  return { code, json };
};
const act = (to: string) =>
  told(
    'bot',
    'act',
    'sql.export',
    'Database::crm',
    '--no-wait',
    '--arg',
    'table=customers',
    '--arg',
    'columns:=["id"]',
    '--arg',
    `destination=${to}`,
  );

test('a waiver from its proposal to its end, and an action that goes on under it', async () => {
  const asked = await act('nightly/1');
  const approval = String(asked.json['approvalId']);
  const terms = ['--for', '8h', '--uses', '2', '--reason', 'every night'];
  const scope = JSON.stringify({ destination: { prefix: 'nightly/' } });
  const tooLong = await told(
    'mona',
    'waivers',
    'propose',
    approval,
    '--for',
    '9h',
    '--uses',
    '2',
    '--reason',
    'x',
  );
  expect(tooLong).toMatchObject({ code: 1, json: { error: { code: 'waiver-beyond-ceiling' } } });
  expect((await told('mona', 'waivers', 'propose', approval, '--for', '8h')).code).toBe(2);
  const made = await told('mona', 'waivers', 'propose', approval, ...terms, '--scope', scope);
  expect(made).toMatchObject({ code: 0, json: { state: 'proposed', may: { endorse: false } } });
  const id = String(made.json['id']);

  const shown = await countersign(['waivers', 'endorse', id.slice(-8), '--as', 'dana'], here());
  expect(shown.code).toBe(2);
  expect(shown.out).toContain('{"destination":{"prefix":"nightly/"}}');
  const seen = /seen\s+(sha256:[0-9a-f]{64})/.exec(shown.out)?.[1] ?? '';
  expect(await told('mona', 'waivers', 'endorse', id, '--seen', seen)).toMatchObject({
    json: { error: { code: 'excluded' } },
  });
  expect(await told('dana', 'waivers', 'endorse', id, '--seen', seen)).toMatchObject({
    code: 0,
    json: { state: 'in-force' },
  });

  const went = await act('nightly/2');
  expect(went).toMatchObject({ code: 0, json: { waivedBy: [id] } });
  const list = await countersign(['waivers', 'list', '--as', 'dana'], here());
  expect(list.out).toMatch(/in-force\s+1 of 2/);
  const text = await countersign(
    ['actions', 'show', String(went.json['id']), '--as', 'dana'],
    here(),
  );
  expect(text.out).toContain(`by ${id}: nobody was asked`);
  expect(await told('mona', 'waivers', 'revoke', id)).toMatchObject({ json: { state: 'revoked' } });
  expect(await told('dana', 'waivers', 'revoke', id)).toMatchObject({
    json: { error: { code: 'waiver-over' } },
  });
});

test('broken glass: nothing waits; one that nobody broke is not reviewed', async () => {
  const none = await countersign(['break-glass', 'list', '--as', 'dana'], here());
  expect(none.out).toBe('no broken glass waits for its review\n');
  const asked = await act('elsewhere/1');
  const words = ['--finding', 'justified', '--note', 'it was'];
  expect(
    await told('dana', 'break-glass', 'review', String(asked.json['approvalId']), ...words),
  ).toMatchObject({ json: { error: { code: 'glass-not-broken' } } });
});
