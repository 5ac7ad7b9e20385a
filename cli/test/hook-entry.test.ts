// R2: whatever happens to the hook's process, it ends with 2 and a reason, or with an answer.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIALECTS, HOSTS, type HookEvent, type Host } from '@countersign/gate-hook/client';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { answerHook } from '../src/hook/answer.ts';
import { hook } from './hook-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-entry-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'hook.json');
writeFileSync(config, JSON.stringify({ url: 'http://127.0.0.1:9', agent: 'bot', host: 'h' }));
writeFileSync(
  join(folder, 'credentials.json'),
  JSON.stringify({ agents: { bot: { token_file: 'bot.token' } } }),
);
writeFileSync(join(folder, 'bot.token'), 'csk_0123456789');

type Golden = {
  readonly name: string;
  readonly event?: string;
  readonly stdin: Record<string, unknown>;
};
const goldenOf = (host: Host): readonly Golden[] =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, `../../gates/hook/test/golden/${host}.json`), 'utf8'),
  ) as Golden[];
const [claude] = goldenOf('claude-code');
const text = JSON.stringify(claude?.stdin);

const run = (words: readonly string[], input: string | Uint8Array, more = {}) =>
  hook([...words, '--config', config], input, more);

describe('the process', () => {
  const denied = { code: 2, err: expect.stringMatching(/^NOT EXECUTED: .+\n$/s) };
  test.each<readonly [string, string | Uint8Array, string]>([
    ['nothing', '', 'Unexpected end'],
    ['half of it', text.slice(0, -9), 'JSON'],
    ['a list', '[]', 'no event'],
    ['what is no UTF-8', Buffer.from(text.replace('ls -la', '\u00ff'), 'latin1'), 'not valid'],
    [
      'more than 8 MiB',
      `${text.slice(0, -1)},"x":"${'a'.repeat(8 * 1024 * 1024)}"}`,
      'larger than 8 MiB',
    ],
    ['another event', text.replace('PreToolUse', 'Stop'), 'no event'],
  ])('%s', async (_, input, why) => {
    const ran = await run(['claude-code'], input);
    expect(ran).toMatchObject(denied);
    expect(ran.err).toContain(why);
  });

  test('an unknown host, an unknown option, no settings', async () => {
    const [host, option, none] = await Promise.all([
      run(['vim'], text),
      run(['claude-code', '--allow'], text),
      hook(['claude-code', '--config', '/dev/null/hook.json'], text),
    ]);
    for (const ran of [host, option, none]) expect(ran).toMatchObject(denied);
    expect(none.err).toContain('hook install');
  });

  test('ended from outside, or by its own clock, before there was an answer', async () => {
    const [ended, late] = await Promise.all([
      run(['claude-code'], text, { keepsOpen: true, signal: 'SIGTERM' }),
      run(['codex', '--timeout', '0.5'], '', { keepsOpen: true }),
    ]);
    expect(ended).toMatchObject(denied);
    expect(late).toMatchObject({ ...denied, err: expect.stringContaining('in time') });
  });

  // the Node that started the tests may be older; where there is none, the version is the same and this says nothing
  const older = (process.env['PATH'] ?? '')
    .split(':')
    .map((dir) => join(dir, 'node'))
    .filter((path) => existsSync(path));
  test.each(older)('%s: an old Node blocks in the words of the host', async (node) => {
    const asked = JSON.stringify(goldenOf('claude-code')[1]?.stdin);
    const ran = await run(['claude-code'], asked, { node });
    expect(ran.err).toMatch(/NOT EXECUTED: (?:Node .* too old|gateway)/);
    expect(ran.code).toBe(0); // a decision, since exit 2 is ignored for this event
    expect(JSON.parse(ran.out)).toMatchObject({
      hookSpecificOutput: { decision: { behavior: 'deny' } },
    });
  });
});

test('any other input: no answer but a no', async () => {
  const args = ['--config', config];
  const near = fc
    .record({
      hook_event_name: fc.constantFrom('PreToolUse', 'Stop', 7),
      tool_name: fc.jsonValue(),
      tool_input: fc.jsonValue(),
    })
    .map((one) => JSON.stringify(one));
  const cut = fc.nat(text.length - 1).map((at) => text.slice(0, at));
  const bytes = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...HOSTS), fc.oneof(near, cut, bytes), async (host, given) => {
      const input = typeof given === 'string' ? Buffer.from(given) : given;
      await expect(answerHook({ host, args, input })).rejects.toThrow();
    }),
    { numRuns: 300 },
  );
});

const ROWS = HOSTS.flatMap((host) =>
  goldenOf(host)
    .filter(({ name }) => /^(?:pre|permission|beforeT)/i.test(name) && !name.includes(' '))
    .map((golden) => ({ host, ...golden })),
);
test.each(ROWS)(
  'the entry and the dialect say the same no: $host $name',
  async ({ host, event, stdin }) => {
    const words = [host, '--config', '/dev/null/hook.json', ...(event ? ['--event', event] : [])];
    const { out, err, code } = await hook(words, JSON.stringify(stdin));
    const read = DIALECTS[host].read(stdin as never, event) as HookEvent;
    const { stdout, stderr, exit } = DIALECTS[host].write(read, { is: 'deny', why: err.trim() });
    expect({ out: out && (JSON.parse(out) as object), err, code }).toEqual({
      out: stdout && (JSON.parse(stdout) as object),
      err: stderr,
      code: exit,
    });
  },
);

const AFTERS = HOSTS.flatMap((host) =>
  goldenOf(host)
    .filter(({ name }) => /^(?:post|after)/i.test(name))
    .map((golden) => ({ host, ...golden })),
);
test.each(AFTERS)(
  'R10: a result that cannot be looked at is of a tool that ran: $host $name',
  async ({ host, event, stdin }) => {
    const words = [host, '--config', '/dev/null/hook.json', ...(event ? ['--event', event] : [])];
    const ran = await hook(words, JSON.stringify(stdin));
    expect(ran).toMatchObject({ code: 2, err: expect.stringMatching(/^The tool ran, but its/) });
    expect(ran.out).not.toContain('NOT EXECUTED');
  },
);
