import { describe, expect, test } from 'vitest';
import { decodeEntry } from '../src/approval/entry.ts';
import { sha256 } from '../src/crypto.ts';
import { revealable } from '../src/reveal.ts';
import { must, openOffice, requirement, review, who } from './office.ts';

const typesOf = async (office: ReturnType<typeof openOffice>, id: string) =>
  (await office.store.read(id)).map((stored) => decodeEntry(stored).type);

describe('R5: an attempt is told', () => {
  test('the owner, each of their accounts once, however often they try; the request still waits', async () => {
    const office = openOffice(review(requirement({ quorum: 2 })));
    const { status } = must(await office.propose());
    const ballot = await office.ballotOf(status.id);
    for (const id of ['mona', 'mona', 'mona-admin', 'mona', 'gone'])
      expect((await office.gatekeeper.vote(who(office, id), ballot)).ok).toBe(false);
    const entries = (await office.store.read(status.id)).map(decodeEntry);
    const told = entries.filter(({ type }) => type === 'approval.vote-refused');
    expect(told).toMatchObject([
      { by: 'mona', human: 'mona', because: 'excluded', choice: 'approve' },
      { by: 'mona-admin', human: 'mona', because: 'excluded' },
      { by: 'gone', human: 'gone', because: 'inactive-person' },
    ]);
    expect((await office.gatekeeper.answer(status.id))?.status.state).toBe('pending');
    expect((await office.gatekeeper.vote(who(office, 'dana'), ballot)).ok).toBe(true);
  });
  test('twenty attempts at once are told once', async () => {
    const office = openOffice(review());
    const { status } = must(await office.propose());
    const ballot = await office.ballotOf(status.id);
    const tries = Array.from({ length: 20 }, () =>
      office.gatekeeper.vote(who(office, 'mona'), ballot),
    );
    for (const tried of await Promise.all(tries))
      expect(tried).toEqual({ ok: false, error: 'excluded' });
    const types = await typesOf(office, status.id);
    expect(types.filter((type) => type === 'approval.vote-refused')).toHaveLength(1);
  });
  test('mistakes are not told: another view, somebody who is not asked', async () => {
    const office = openOffice(review());
    const { status } = must(await office.propose());
    const ballot = await office.ballotOf(status.id);
    await office.gatekeeper.vote(who(office, 'ana'), ballot);
    await office.gatekeeper.vote(who(office, 'dana'), { ...ballot, version: 2 });
    expect(await typesOf(office, status.id)).not.toContain('approval.vote-refused');
  });
});

describe('EV-21 A7: what a channel had rendered goes into the answer', () => {
  const digest = sha256('what was rendered');
  test('a yes to what was not shown whole is none; a no to it is a no', async () => {
    const office = openOffice(review());
    const { status } = must(await office.propose());
    const shown = { renderer: 'slack/1', digest, complete: false };
    const ballot = await office.ballotOf(status.id, { channel: 'slack', shown });
    const yes = await office.gatekeeper.vote(who(office, 'dana'), ballot);
    expect(yes).toEqual({ ok: false, error: 'not-shown-whole' });
    must(await office.gatekeeper.vote(who(office, 'dana'), { ...ballot, choice: 'deny' }));
    const voted = (await office.store.read(status.id)).map(decodeEntry).find(isCast);
    expect(voted).toMatchObject({ vote: { channel: 'slack', shown } });
  });
  test('an answer by no channel says nothing of it', async () => {
    const office = openOffice(review());
    const { status } = must(await office.propose());
    must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(status.id)));
    const voted = (await office.store.read(status.id)).map(decodeEntry).find(isCast);
    expect(voted?.type === 'approval.vote-cast' && 'shown' in voted.vote).toBe(false);
  });
});

const isCast = ({ type }: { readonly type: string }): boolean => type === 'approval.vote-cast';

const asked = async () => {
  const office = openOffice(review());
  const { status } = must(await office.propose({ arguments: { table: 't', password: 'hunter2' } }));
  const reveal = (path: string) =>
    office.gatekeeper.reveal(who(office, 'dana'), {
      actionId: status.id,
      path,
      reason: 'to be sure',
    });
  return { office, status, reveal };
};

describe('R9: a masked value is shown for a reason, and that is recorded first', () => {
  test('the value keeps its type, and the entry has path and reason but not the value', async () => {
    const { office, status, reveal } = await asked();
    expect(must(await reveal('/password'))).toBe('hunter2');
    expect(must(await reveal('/limit'))).toBe(10);
    const entries = await office.store.read(status.id);
    expect(entries.slice(-2).map(({ entry }) => JSON.parse(entry) as unknown)).toMatchObject([
      { type: 'action.revealed', by: 'dana', path: '/password', reason: 'to be sure' },
      { type: 'action.revealed', path: '/limit' },
    ]);
    expect(entries.some(({ entry }) => entry.includes('hunter2'))).toBe(false);
    expect((await office.gatekeeper.answer(status.id))?.status.state).toBe('pending');
  });
  test.each([
    '',
    '/',
    'password',
    '/constructor',
    '/__proto__',
    '/table/0',
    '/nothing',
    '/table/length',
  ])('a path that leads nowhere shows nothing and records nothing: %j', async (path) => {
    const { office, status, reveal } = await asked();
    const told = await reveal(path);
    if (path === '') return expect(told.ok).toBe(true); // all arguments
    expect(told).toEqual({ ok: false, error: 'not-found' });
    expect(await typesOf(office, status.id)).not.toContain('action.revealed');
  });
  test('R1 where it cannot be recorded nothing is shown', async () => {
    const { office, reveal } = await asked();
    Object.assign(office.store, { append: () => Promise.reject(new Error('the disk is full')) });
    await expect(reveal('/password')).rejects.toThrow('the disk is full');
  });
  test('not to somebody who is not there any more, and not without end', async () => {
    const { office, status, reveal } = await asked();
    for (let i = 0; i < 500; i++) await reveal('/password');
    expect(await reveal('/password')).toEqual({ ok: false, error: 'revealed-too-often' });
    expect(await typesOf(office, status.id)).toHaveLength(500);
    expect(
      (await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(status.id))).ok,
    ).toBe(true);
    const other = await asked();
    const dana = who(other.office, 'dana');
    other.office.people = [];
    const gone = await other.office.gatekeeper.reveal(dana, {
      actionId: other.status.id,
      path: '',
      reason: 'x',
    });
    expect(gone).toEqual({ ok: false, error: 'inactive-person' });
  });
  test('what can be revealed is what is masked, and nothing once it is erased', async () => {
    const { office, status } = await asked();
    expect(await revealable(office.parts, status.id)).toEqual(['/password']);
    await office.store.erase(status.id);
    expect(await revealable(office.parts, status.id)).toEqual([]);
  });
  test('erased is erased', async () => {
    const { office, status, reveal } = await asked();
    await office.store.erase(status.id);
    expect(await reveal('/password')).toEqual({ ok: false, error: 'erased' });
  });
});
