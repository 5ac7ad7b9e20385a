// R3: what a reviewer made of a call runs as it was approved, or not at all: by what each host's tool takes back.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { HookEvent, Verdict } from '../src/event.ts';
import type { Host } from '../src/host.ts';
import { DIALECTS } from '../src/hosts/dialects.ts';
import { createMemory } from '../src/memory.ts';
import type { Input } from '../src/reading.ts';
import { decide, type HookClient } from '../src/story.ts';

type Asked = { readonly host: Host; readonly name: string; readonly tool: string };

/** A gateway where people approved other arguments than were proposed. */
function gatewayWith(stored: Input, { host, tool }: Asked) {
  const reported: unknown[] = [];
  const status = { id: 'act_2', verdict: 'review', approvalId: 'apr_2', reasons: [] };
  const client: HookClient = {
    propose: async () => ({ ...status, id: 'act_1', state: 'superseded', successor: 'act_2' }),
    wait: async () => ({ ...status, state: 'approved', grant: 'csg_1' }),
    redeem: async () => ({
      actionId: 'act_2',
      arguments: { program: host, tool, cwd: '/w', input: stored },
    }),
    report: async (id, report) => reported.push([id, report.outcome]),
  };
  return { client, reported };
}

async function verdictOn(asked: Asked, input: Input, stored: Input) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-story-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const event: HookEvent = { kind: 'before', session: 's', cwd: '/w', input, ...asked };
  const { client, reported } = gatewayWith(stored, asked);
  const verdict: Verdict = await decide(
    {
      client,
      memory: createMemory(folder),
      hostname: 'h',
      holdMs: 1000,
      defers: false,
      rewrites: DIALECTS[asked.host].rewrites(event),
    },
    event,
  );
  return { verdict, reported };
}

const cursor = (tool: string): Asked => ({ host: 'cursor', name: 'preToolUse', tool });
const gemini: Asked = { host: 'gemini', name: 'BeforeTool', tool: 'write_file' };
const copilot: Asked = { host: 'copilot', name: 'preToolUse', tool: 'create' };

test.each<readonly [Asked, Input, Input]>([
  [cursor('Shell'), { command: 'rm -rf a' }, { command: 'rm -rf b' }],
  [
    cursor('Shell'),
    { command: 'rm -rf a', timeout: 5 },
    { command: 'rm a', timeout: 5, cwd: '/w' },
  ],
  [cursor('Write'), { file_path: '/a', content: 'x' }, { file_path: '/b', content: 'x' }],
  [cursor('MCP:export'), { table: 'a' }, { table: 'b', limit: 5 }],
  [gemini, { file_path: '/a', content: 'x' }, { file_path: '/a', content: 'y' }],
  [copilot, { path: '/a', file_text: 'x', force: true }, { path: '/a', file_text: 'y' }],
])('%j %j runs as %j', async (asked, input, stored) =>
  expect(await verdictOn(asked, input, stored)).toMatchObject({
    verdict: { is: 'allow', input: stored },
    reported: [],
  }),
);

test.each<readonly [Asked, Input, Input]>([
  // ATTACKER: Cursor would write what the agent wanted, under the approval of something else
  [cursor('Write'), { file_path: '/a', content: 'x' }, { file_path: '/a', content: 'y' }],
  [cursor('Shell'), { command: 'rm -rf a' }, { command: ['rm', 'a'] }],
  [cursor('Shell'), { command: 'rm a', timeout: 5 }, { command: 'rm a', timeout: 9 }],
  [cursor('Shell'), { command: 'rm a', timeout: 5 }, { command: 'rm a' }],
  [cursor('Shell'), { command: 'rm a' }, { command: 'rm a', background: null }],
  [cursor('MCP:export'), { table: 'a', all: true }, { table: 'a' }],
  [gemini, { file_path: '/a', content: 'x', force: true }, { file_path: '/a', content: 'x' }],
])('%j %j does not run as %j', async (asked, input, stored) =>
  expect(await verdictOn(asked, input, stored)).toMatchObject({
    verdict: { is: 'deny', why: expect.stringContaining('the host cannot be given the arguments') },
    reported: [['act_2', 'failed']], // its grant was spent for nothing
  }),
);

test('a tool that takes nothing back: the grant is not even spent', async () =>
  expect(await verdictOn(cursor('Task'), { prompt: 'x' }, { prompt: 'y' })).toMatchObject({
    verdict: { is: 'deny', why: expect.stringContaining('in another form') },
    reported: [],
  }));
