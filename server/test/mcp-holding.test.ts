import { expect, onTestFinished, test } from 'vitest';
import type { Members, StreamEvent } from '@countersign/gate-mcp';
import { openMcpHouse, result, settle, text, texts, type McpHouse } from './mcp-house.ts';
import { until } from './until.ts';

function house(more?: Parameters<typeof openMcpHouse>[0]): McpHouse {
  const opened = openMcpHouse(more);
  onTestFinished(() => opened.close());
  return opened;
}
const progressOf = (events: readonly StreamEvent[]): readonly Members[] =>
  events.flatMap(({ message }) =>
    message && 'method' in message.message && message.message.params
      ? [message.message.params]
      : [],
  );
const state = (of: Members): { readonly requestState: string } => {
  expect(of).toMatchObject({ resultType: 'input_required' });
  return { requestState: String(of['requestState']) };
};

test('rung C: a legacy caller who asked for progress sees it rise, and gets the result when people say yes', async () => {
  const it = house({ times: { progressedMs: 60_000 } });
  const call = it.by('bot').call('send', { to: 'x' }, { _meta: { progressToken: 'p' } });
  await until(() => progressOf(call.events).length > 1);
  await it.vote('approve');
  expect(texts(await call.result)).toEqual(['{"to":"x"}']);
  const seen = progressOf(call.events);
  expect(call.events[0]).toEqual({});
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.every((one) => one['progressToken'] === 'p')).toBe(true);
  const rising = seen.map((one) => Number(one['progress']));
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  // what the server counts afterwards starts above it
  expect(rising.every((one) => one > 0 && one < 0.01)).toBe(true);
  expect(seen[0]?.['message']).toMatch(/^waiting for approval apr_/);
});

test('rung D: a silent legacy caller gets a ticket: NOT EXECUTED first, and how to come back', async () => {
  const it = house();
  const call = it.by('bot').call('send', { to: 'x' });
  const got = await call.result;
  const [said = '', data = ''] = texts(got);
  const order = [
    'NOT EXECUTED',
    'waits for human approval apr_',
    'Do not change the arguments and do not report success',
    'countersign_wait',
    'repeat the identical call',
  ];
  expect(order.map((words) => said.indexOf(words))).toEqual(
    order.map((words) => said.indexOf(words)).toSorted((a, b) => a - b),
  );
  expect(said.startsWith('NOT EXECUTED')).toBe(true);
  expect(JSON.parse(data)).toEqual({
    outcome: 'pending',
    reasonCode: 'needs-review',
    reasons: ['agents may'],
    reviewerNote: null,
    retry: 'later',
  });
  expect(got).toMatchObject({ isError: true });
  expect(got).not.toHaveProperty('structuredContent');
  expect((got['_meta'] as Members)['dev.countersign/approval']).toMatchObject({
    id: expect.stringMatching(/^apr_/) as string,
    status: 'pending',
    expiresAt: expect.stringMatching(/Z$/) as string,
  });
});

test('rung B: a modern caller is asked to come back, a few times, and then gets the ticket', async () => {
  const it = house();
  const bot = it.by('bot', { era: 'modern' });
  let more: Members = {};
  for (let round = 1; round < 3; round++)
    more = state(await bot.call('send', { to: 'x' }, more).result);
  const last = await bot.call('send', { to: 'x' }, more).result;
  expect(last).toMatchObject({ resultType: 'complete', isError: true });
  expect(texts(last)[0]).toMatch(/^NOT EXECUTED/);
  expect((await it.actions()).length).toBe(1);
});

test('rung B: the yes is found by whichever leg is there, and nothing is asked twice', async () => {
  const it = house();
  const bot = it.by('bot', { era: 'modern' });
  const more = state(await bot.call('send', { to: 'x' }).result);
  const next = bot.call('send', { to: 'x' }, more);
  await settle();
  await it.vote('approve');
  expect(texts(await next.result)).toEqual(['{"to":"x"}']);
  // a leg that comes again gets the same result
  expect(texts(await bot.call('send', { to: 'x' }, more).result)).toEqual(['{"to":"x"}']);
  expect(it.calls.length).toBe(1);
  expect(it.calls[0]?.params).not.toHaveProperty('requestState');
  expect((await it.actions()).length).toBe(1);
});

test('invariant 9: a request state of somebody else, of another call or of nobody is refused', async () => {
  const it = house();
  const bot = it.by('bot', { era: 'modern' });
  const { requestState } = state(await bot.call('send', { to: 'x' }).result);
  await it.vote('approve');
  const tampered = requestState.slice(0, -2) + (requestState.endsWith('AA') ? 'BB' : 'AA');
  const tries = [
    it.by('rival', { era: 'modern' }).call('send', { to: 'x' }, { requestState }),
    bot.call('send', { to: 'y' }, { requestState }),
    bot.call('read', { to: 'x' }, { requestState }),
    bot.call('send', { to: 'x' }, { requestState: tampered }),
    bot.call('send', { to: 'x' }, { requestState: 'x' }),
  ];
  for (const one of tries) expect((await one.error).code).toBe(-32_602);
  expect(it.calls).toEqual([]);
});

test('invariant 10: no answer of a client decides anything (R7)', async () => {
  const it = house();
  const bot = it.by('bot', { era: 'modern' });
  const more = state(await bot.call('send', { to: 'x' }).result);
  const inputResponses = { approve: { action: 'accept', content: { approved: true } } };
  state(await bot.call('send', { to: 'x' }, { ...more, inputResponses }).result);
  const [id = ''] = await it.actions();
  expect(await it.stateOf(id)).toBe('pending');
  expect(it.calls).toEqual([]);
});

test('R4: a server that asks something first: its state travels sealed, and each leg is gone on from once', async () => {
  const it = house();
  it.now.serve = (request) =>
    request.params?.['requestState'] === 'theirs-1'
      ? result(request, {
          resultType: 'complete',
          ...text(JSON.stringify(request.params['inputResponses'])),
        })
      : result(request, {
          resultType: 'input_required',
          requestState: 'theirs-1',
          inputRequests: { name: { method: 'elicitation/create', params: { message: 'who?' } } },
        });
  const bot = it.by('bot', { era: 'modern' });
  const asked = await bot.call('read', { to: 'x' }).result;
  const more = state(asked);
  expect(asked['inputRequests']).toHaveProperty('name');
  expect(JSON.stringify(asked)).not.toContain('theirs-1');
  const inputResponses = { name: { action: 'accept', content: { name: 'Alice' } } };
  const got = await bot.call('read', { to: 'x' }, { ...more, inputResponses }).result;
  expect(texts(got)).toEqual([JSON.stringify(inputResponses)]);
  await settle();
  const [id = ''] = await it.actions();
  expect(await it.stateOf(id)).toBe('executed');
  expect((await it.actions()).length).toBe(1);
  // the same leg again is no second run under the first grant: it is a call of its own, judged anew
  it.now.says = () => it.verdicts.deny;
  const again = await bot.call('read', { to: 'x' }, { ...more, inputResponses }).result;
  expect(texts(again)[0]).toMatch(/^NOT EXECUTED\. Policy/);
  expect(it.calls.length).toBe(2);
  const { error } = it.by('rival', { era: 'modern' }).call('read', { to: 'x' }, more);
  expect((await error).code).toBe(-32_602);
});

test('a client known to be patient is held longer while it sees progress', async () => {
  const it = house({ times: { silentMs: 1 } });
  const claude = it.by('bot', { name: 'claude-code' });
  const call = claude.call('send', { to: 'x' }, { _meta: { progressToken: 1 } });
  await new Promise((resolve) => setTimeout(resolve, 450));
  await it.vote('approve');
  expect(texts(await call.result)).toEqual(['{"to":"x"}']);
});

test('a call that parted is masked and reported when the client resumes its stream', async () => {
  const it = house();
  it.now.serve = () => ({ is: 'parted' });
  const bot = it.by('bot');
  const call = bot.call('read');
  expect(await call.answer).toEqual({ is: 'parted' });
  const [id = ''] = await it.actions();
  expect(await it.stateOf(id)).toBe('executing');
  const events: StreamEvent[] = [];
  const about = bot.about(events);
  const reply = result({ jsonrpc: '2.0', id: 1, method: 'x' }, text('password=hunter2222'));
  if (reply.is !== 'answered') throw new Error('no answer');
  await it.story.listen(
    {
      ...about,
      link: {
        ...about.link,
        listen: async ({ event }) => {
          event({ id: '7', message: reply.response });
          return 'ended';
        },
      },
    },
    { lastEventId: '6' },
  );
  expect(JSON.stringify(events)).not.toContain('hunter2222');
  expect(events[0]).toMatchObject({ id: '7' });
  await settle();
  expect(await it.stateOf(id)).toBe('executed');
});

test('two hundred held calls share one timer and are all told', async () => {
  const it = house({ times: { silentMs: 60_000, progressedMs: 60_000 } });
  const waiting = Array.from({ length: 200 }, (_, i) =>
    it.by('bot').call('send', { to: `${i}` }, { _meta: { progressToken: i } }),
  );
  await settle();
  await it.vote('approve');
  expect(texts(await Promise.race(waiting.map((one) => one.result)))[0]).toMatch(/^\{"to":/);
  expect(it.calls.length).toBe(1);
  for (const one of waiting) one.leave();
  await Promise.all(waiting.map((one) => one.answer));
  expect(it.calls.length).toBe(1);
});
