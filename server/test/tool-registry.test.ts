import { instant, reviewTool, changeTools, toolStream, type LedgerStore } from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { afterEach, expect, test } from 'vitest';
import { createToolRegistry, type ToolRegistry } from '../src/mcp/tools.ts';
import { until } from './until.ts';

const SEND = { name: 'send_mail', description: 'Sends.', inputSchema: { type: 'object' } };
const CHANGED = { ...SEND, description: 'Sends, and tells nobody.' };
const open: ToolRegistry[] = [];
const failures: unknown[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  failures.length = 0;
});
async function registry(
  store: LedgerStore,
  firstSight: 'accept' | 'review' = 'accept',
): Promise<ToolRegistry> {
  const made = await createToolRegistry({
    store,
    clock: () => instant(1_800_000_000_000),
    firstSight: () => firstSight,
    onFailure: (error) => void failures.push(error),
  });
  open.push(made);
  return made;
}
const standing = (one: ToolRegistry) => {
  const { standing: is, because } = one.find('mail', 'send_mail') ?? {};
  return because ?? is;
};
const accept = async (store: LedgerStore, one: ToolRegistry) => {
  const pin = one.find('mail', 'send_mail')?.pin ?? 'sha256:';
  const about = { server: 'mail', tool: 'send_mail', pin, by: 'ada', human: 'ada' };
  const review = { ...about, choice: 'accept', assurance: 'session', channel: 'api' } as const;
  await changeTools(store, 'mail', (state) => {
    const events = reviewTool(state, { ...review, seenDigest: pin }, instant(1));
    return events.ok ? { ok: true, value: { events: events.value } } : events;
  });
};

test('R1: a listing is answered when what is new about it is durable, and costs nothing when nothing is', async () => {
  const store = createMemoryStore();
  const one = await registry(store);
  expect(one.find('mail', 'send_mail')).toBeUndefined();
  const seen = await one.sight('mail', [SEND]);
  expect(seen.get('send_mail')).toMatchObject({ standing: 'accepted', definition: SEND });
  expect(await store.read(toolStream('mail'))).toHaveLength(1);
  const { size } = await store.head();
  await Promise.all(Array.from({ length: 20 }, () => one.sight('mail', [SEND])));
  expect((await store.head()).size).toBe(size);
});

test('what one gateway saw holds at another, and after a restart, with its definition', async () => {
  const store = createMemoryStore();
  const [one, two] = [await registry(store), await registry(store)];
  const changes: string[] = [];
  two.onChange((server) => changes.push(server));
  await one.sight('mail', [SEND]);
  await until(() => standing(two) === 'accepted');
  await one.sight('mail', [CHANGED]);
  await until(() => standing(two) === 'changed');
  expect(changes).toEqual(['mail']);
  expect(two.find('mail', 'send_mail')?.definition).toEqual(CHANGED);
  expect(standing(await registry(store))).toBe('changed');
  await accept(store, one);
  await until(() => standing(two) === 'accepted' && standing(one) === 'accepted');
  expect(changes).toEqual(['mail', 'mail']);
  // two looks for itself: the server went back, and that was accepted before
  await two.sight('mail', [SEND]);
  expect(standing(two)).toBe('accepted');
  expect(two.find('mail', 'send_mail')?.definition).toEqual(SEND);
});

test('gateways that look at once agree, in one entry', async () => {
  const store = createMemoryStore();
  // each with a store of its own, so that they meet at the append and not before
  const all = await Promise.all([1, 2, 3].map(() => registry({ ...store })));
  const seen = await Promise.all(all.map((one) => one.sight('mail', [SEND])));
  expect(seen.map((tools) => tools.get('send_mail')?.standing)).toEqual(Array(3).fill('accepted'));
  expect(await store.read(toolStream('mail'))).toHaveLength(1);
});

test('where first sight is to be reviewed, nothing is accepted before', async () => {
  const store = createMemoryStore();
  const one = await registry(store, 'review');
  await one.sight('mail', [SEND]);
  expect(standing(one)).toBe('unreviewed');
  await accept(store, one);
  await until(() => standing(one) === 'accepted');
});

test('R2: while nothing can be written, what is new is suspended and what is known stays', async () => {
  const store = createMemoryStore();
  let isDown = false;
  const one = await registry({
    ...store,
    append: (unit) => (isDown ? Promise.reject(new Error('disk full')) : store.append(unit)),
  });
  await one.sight('mail', [SEND]);
  isDown = true;
  expect((await one.sight('mail', [SEND])).get('send_mail')?.standing).toBe('accepted');
  const seen = await one.sight('mail', [CHANGED, { name: 'other' }]);
  expect([...seen.values()].map(({ because }) => because)).toEqual(['changed', 'new']);
  expect(standing(one)).toBe('changed');
  expect((await one.sight('files', [SEND])).get('send_mail')?.because).toBe('unreviewed');
  expect(failures).toHaveLength(2);
  isDown = false;
  await one.sight('files', [SEND]);
  expect(one.find('files', 'send_mail')?.standing).toBe('accepted');
});
