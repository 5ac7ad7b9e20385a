import { expect, onTestFinished, test } from 'vitest';
import type { Members, Request } from '@countersign/gate-mcp';
import { openMcpHouse, result, settle, text, texts, type McpHouse } from './mcp-house.ts';

const EXTENSION = 'io.modelcontextprotocol/tasks';
const TASKS = { era: 'modern', capabilities: { extensions: { [EXTENSION]: {} } } } as const;

function house(): McpHouse {
  const opened = openMcpHouse();
  onTestFinished(() => opened.close());
  return opened;
}
const made = async (of: Promise<Members>): Promise<string> => {
  const task = await of;
  expect(task).toMatchObject({ resultType: 'task', status: 'working' });
  return String(task['taskId']);
};

test('rung A: a held call is a task; whoever asks for it first after the yes runs it, once', async () => {
  const it = house();
  const bot = it.by('bot', TASKS);
  const taskId = await made(bot.call('send', { to: 'x' }).result);
  expect(await bot.ask('tasks/get', { taskId }).result).toMatchObject({
    resultType: 'complete',
    taskId,
    status: 'working',
    pollIntervalMs: 5_000,
  });
  await it.vote('approve');
  await settle();
  expect(it.calls).toEqual([]);
  const gets = await Promise.all([1, 2, 3].map(() => bot.ask('tasks/get', { taskId }).result));
  for (const one of gets) {
    expect(one['status']).toBe('completed');
    expect(texts(one['result'] as Members)).toEqual(['{"to":"x"}']);
  }
  expect(it.calls.length).toBe(1);
});

test('R10: a no completes a task with its own words', async () => {
  const it = house();
  const bot = it.by('bot', TASKS);
  const taskId = await made(bot.call('send', { to: 'x' }).result);
  await it.vote('deny');
  const got = await bot.ask('tasks/get', { taskId }).result;
  expect(got).toMatchObject({ status: 'completed', result: { isError: true } });
  expect(texts(got['result'] as Members)[0]).toMatch(/^NOT EXECUTED\. It was denied/);
});

test('invariant 9: a task is for whom it was made, and for clients that declare tasks', async () => {
  const it = house();
  const bot = it.by('bot', TASKS);
  const taskId = await made(bot.call('send', { to: 'x' }).result);
  await it.vote('approve');
  const rival = it.by('rival', TASKS).ask('tasks/get', { taskId });
  expect((await rival.error).code).toBe(-32_602);
  expect((await bot.ask('tasks/get', { taskId: `${taskId}A` }).error).code).toBe(-32_602);
  expect((await it.by('bot', { era: 'modern' }).ask('tasks/get', { taskId }).error).code).toBe(
    -32_021,
  );
  expect((await it.by('bot').ask('tasks/list').error).code).toBe(-32_601);
  expect(it.calls).toEqual([]);
});

test('invariant 3: a task that was cancelled runs nothing, and people may still decide', async () => {
  const it = house();
  const bot = it.by('bot', TASKS);
  const taskId = await made(bot.call('send', { to: 'x' }).result);
  for (let i = 0; i < 2; i++)
    expect(await bot.ask('tasks/cancel', { taskId }).result).toEqual({ resultType: 'complete' });
  await it.vote('approve');
  expect(await bot.ask('tasks/get', { taskId }).result).toMatchObject({ status: 'cancelled' });
  expect(it.calls).toEqual([]);
});

test("a server's own task is its agent's alone, its end is masked and recorded", async () => {
  const it = house();
  const seen: Request[] = [];
  it.now.serve = (request) => {
    seen.push(request);
    if (request.method === 'tools/call')
      return result(request, {
        resultType: 'task',
        taskId: 'theirs',
        status: 'working',
        ttlMs: 1_000,
      });
    return result(request, {
      resultType: 'complete',
      taskId: 'theirs',
      status: seen.length > 2 ? 'completed' : 'working',
      result: text('password=hunter2222'),
    });
  };
  const bot = it.by('bot', TASKS);
  const taskId = await made(bot.call('read', { to: 'x' }).result);
  expect(taskId).not.toContain('theirs');
  expect(await bot.ask('tasks/get', { taskId }).result).toMatchObject({
    taskId,
    status: 'working',
  });
  const [id = ''] = await it.actions();
  expect(await it.stateOf(id)).toBe('executing');
  const got = await bot.ask('tasks/get', { taskId }).result;
  expect(got).toMatchObject({ taskId, status: 'completed' });
  expect(JSON.stringify(got)).not.toContain('hunter2222');
  expect(seen.at(-1)?.params).toEqual({ taskId: 'theirs' });
  await settle();
  expect(await it.stateOf(id)).toBe('executed');
  expect((await it.by('rival', TASKS).ask('tasks/get', { taskId }).error).code).toBe(-32_602);
});
