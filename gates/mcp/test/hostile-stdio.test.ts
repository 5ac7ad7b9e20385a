import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { Link } from '../src/link.ts';
import { createStdioUpstream, type StdioSettings } from '../src/upstream/stdio.ts';
import { callOf, caller, OPENING, opened, programOf } from './support.ts';

const evil = (more: Partial<StdioSettings> = {}, ...args: string[]) =>
  createStdioUpstream({
    name: 'evil',
    program: programOf('evil-stdio.ts', ...args),
    limits: { answerBytes: 50_000, idleMs: 300, events: 200 },
    children: { backoffMs: 10, graceMs: 100 },
    ...more,
  });
const call = async (link: Link, name: string): Promise<unknown> => {
  const reply = await link.request(callOf(name), caller());
  if (reply.is !== 'answered') return reply;
  const { result } = reply.response.message as { result?: { content: { text: string }[] } };
  return result?.content[0]?.text;
};
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); // ended, if not yet collected
  } catch {
    return false;
  }
};

test('ATTACKER: answers to nobody, a second answer and noise are nobody’s', async () => {
  const link = await opened(evil());
  expect(await call(link, 'other')).toBe('yours');
  expect(await call(link, 'good')).toBe('good');
});

test.each(['huge', 'huge-backwards'])(
  'ATTACKER: a line that is too long (%s) fails its own request only',
  async (name) => {
    const link = await opened(evil());
    const silent = link.request(callOf('silence'), caller());
    expect(await call(link, name)).toEqual({
      is: 'broken',
      why: 'one message of the server is too large',
    });
    expect(await call(link, 'good')).toBe('good');
    expect(await silent).toEqual({ is: 'broken', why: 'the server was silent too long' });
  },
);

test('ATTACKER: a flood ends the program, and hurts no other session', async () => {
  const upstream = evil();
  const [one, two] = [await opened(upstream), await opened(upstream)];
  expect(await call(one, 'flood')).toEqual({
    is: 'broken',
    why: 'the server sent too many messages',
  });
  expect(await call(two, 'good')).toBe('good');
  await vi.waitFor(async () => expect(await upstream.attach(one.ticket, OPENING)).toBeUndefined());
});

test('ATTACKER: error output without end is read, kept short, and blocks nothing', async () => {
  const said: string[] = [];
  const link = await opened(evil({ say: (_, line) => said.push(line), limits: {} }));
  expect(await call(link, 'stderr')).toBe('still here');
  expect(said.length).toBeLessThan(25);
});

test('a crash fails what was under way; the session is over, the next one starts anew and is counted', async () => {
  const said: string[] = [];
  const upstream = evil({ say: (what, line) => said.push(`${what}: ${line}`) });
  const link = await opened(upstream);
  const waiting = link.request(callOf('silence'), caller());
  const why = 'the program ended with code 3';
  expect(await call(link, 'crash')).toEqual({ is: 'broken', why });
  expect(await waiting).toEqual({ is: 'broken', why });
  expect(said.at(-1)).toBe(`ended: ${why}`);
  expect(upstream.state()).toMatchObject({ is: 'down', why, restarts: 0 });
  expect(await call(link, 'good')).toMatchObject({ is: 'unsent', isGone: true });
  expect(await call(await opened(upstream), 'good')).toBe('good');
  expect(upstream.state()).toMatchObject({ is: 'up', restarts: 1 });
});

test('a program that never works is started less and less often', async () => {
  const upstream = evil({ children: { backoffMs: 1_100 } }, 'broken');
  const open = () => upstream.open('legacy', OPENING);
  expect(await open()).toEqual({ unavailable: 'the program ended with code 1' });
  await open();
  expect(await open()).toEqual({
    unavailable: 'the program ended with code 1; it is started again in 3 s',
  });
  expect(upstream.state()).toMatchObject({ is: 'down', restarts: 1 });
  await upstream.close();
  const missing = createStdioUpstream({
    name: 'missing',
    program: { command: '/no/such/program', args: [], env: {} },
  });
  expect(await missing.open('modern', OPENING)).toEqual({
    unavailable: 'the program cannot be started',
  });
  await missing.close();
});

test('its environment is its own', async () => {
  process.env['COUNTERSIGN_SECRET_OF_OURS'] = 'x';
  const text = String(await call(await opened(evil()), 'environment'));
  delete process.env['COUNTERSIGN_SECRET_OF_OURS'];
  expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual(['NODE_NO_WARNINGS', 'PATH']);
});

test('there are only so many children; the one that is unused makes room', async () => {
  const upstream = evil({ children: { max: 1, graceMs: 100 } });
  const [first, second] = [await opened(upstream), await opened(upstream)];
  expect(await call(first, 'good')).toMatchObject({ is: 'unsent', isGone: true });
  const by = caller();
  const held = second.listen(by);
  expect(await upstream.open('legacy', OPENING)).toEqual({
    unavailable: 'all 1 programs of this server are in use',
  });
  by.abort();
  expect(await held).toBe('ended');
  expect(await call(await opened(upstream), 'good')).toBe('good');
});

test('closing ends the program and all it started, however stubborn', async () => {
  const upstream = evil();
  const [one, two] = [await opened(upstream), await opened(upstream)];
  const pids = [Number(await call(one, 'child')), Number(await call(two, 'stubborn'))];
  expect(pids.map(isThere)).toEqual([true, true]);
  await upstream.close();
  await vi.waitFor(() => expect(pids.map(isThere)).toEqual([false, false]));
  expect(await upstream.open('legacy', OPENING)).toEqual({ unavailable: 'the gate is closing' });
});

test('an idle child is ended', async () => {
  const upstream = evil({ children: { idleMs: 50, graceMs: 100 } });
  const link = await opened(upstream);
  await vi.waitFor(async () => expect(await upstream.attach(link.ticket, OPENING)).toBeUndefined());
});
