import { EventEmitter, once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { instant, type Person } from '@countersign/core';
import type { Session } from '@countersign/identity';
import { expect, test } from 'vitest';
import { createLeaving } from '../src/http/leave.ts';

const session: Session = {
  id: 's',
  kind: 'browser',
  person: 'dana',
  provider: 'okta',
  authTime: instant(1),
  recentUntil: instant(2),
  openedAt: instant(1),
  expiresAt: instant(3),
};
const person: Person = {
  id: 'dana',
  name: 'Dana',
  human: 'dana',
  groups: [],
  active: true,
  reach: 'session',
};
const caller = { kind: 'person', id: 'dana', person, session } as const;

function open() {
  const socket = new EventEmitter();
  const destroy = () => socket.emit('close');
  return { socket, response: Object.assign(socket, { destroy }) as never };
}

test('a stream ends when its session does, and not while the ledger cannot say', async () => {
  const answers = [
    async () => session,
    () => Promise.reject(new Error('away')),
    async () => undefined,
  ];
  const { socket, response } = open();
  const closed = once(socket, 'close');
  createLeaving({ byId: () => (answers.shift() ?? (async () => undefined))() }, 1)(
    caller,
    response,
  );
  await closed;
  expect(answers).toEqual([]);
});

test('nobody looks any more once it is over, nor for a token of the configuration', async () => {
  let looks = 0;
  const leaves = createLeaving({ byId: async () => (looks++, session) }, 1);
  const { socket, response } = open();
  leaves(caller, response);
  socket.emit('close');
  leaves({ kind: 'person', id: 'dana', person }, open().response);
  await after(10);
  expect(looks).toBe(0);
});
