// What each host sends and what it is answered, byte by meaning: the files in golden/ are that contract.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Members, Verdict } from '../src/event.ts';
import { HOSTS, type Host } from '../src/host.ts';
import { DIALECTS } from '../src/hosts/dialects.ts';

type Said = { readonly stdout?: object; readonly stderr?: string; readonly exit: number };
type Golden = {
  readonly name: string;
  readonly event?: string;
  readonly stdin: Members;
  readonly read: object;
  readonly answers: Readonly<Record<string, Said>>;
};
const goldenOf = (host: Host): readonly Golden[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, `golden/${host}.json`), 'utf8')) as Golden[];

const VERDICTS: Readonly<Record<string, Verdict>> = {
  pass: { is: 'pass' },
  allow: { is: 'allow', why: 'yes', input: { command: 'ls' } },
  deny: { is: 'deny', why: 'no' },
  masked: { is: 'masked', result: 'm' },
};
const ROWS = HOSTS.flatMap((host) => goldenOf(host).map((golden) => ({ host, ...golden })));

test.each(ROWS)('$host $name', ({ host, stdin, event, read, answers }) => {
  const dialect = DIALECTS[host];
  const found = dialect.read(stdin, event);
  expect(found).toEqual({ host, ...read });
  for (const [name, said] of Object.entries(answers)) {
    const { stdout, stderr, exit } = dialect.write(
      found ?? expect.fail(),
      VERDICTS[name] ?? expect.fail(),
    );
    expect({
      ...(stdout === '' ? {} : { stdout: JSON.parse(stdout) as object }),
      ...(stderr === '' ? {} : { stderr }),
      exit,
    }).toEqual(said);
  }
});

const before = ROWS.filter(({ answers }) => 'allow' in answers);
test.each(before)(
  'R2: $host $name is denied in every way the host can be told',
  ({ host, name, answers }) => {
    const isDecision = host === 'claude-code' && name === 'PermissionRequest';
    expect(answers['deny']).toMatchObject({ exit: isDecision ? 0 : 2, stderr: 'no\n' });
    expect(JSON.stringify(answers['deny']?.stdout)).toMatch(/"(?:deny|block)"/);
  },
);

describe('R2: an event of another shape is none', () => {
  test.each(ROWS)('$host $name', ({ host, stdin, event }) => {
    const { read } = DIALECTS[host];
    for (const name of Object.keys(stdin).filter((key) =>
      /tool_?name|session|conversation|^command$|tool_?(?:input|args)/i.test(key),
    )) {
      for (const wrong of [null, 7, [], true]) {
        // arguments as a value of another kind are what Cursor may send: they are approved as they are
        if (host === 'cursor' && name === 'tool_input') continue;
        expect(read({ ...stdin, [name]: wrong }, event), name).toBeUndefined();
      }
      const { [name]: _, ...without } = stdin;
      expect(read(without, event), name).toBeUndefined();
    }
    expect(read({ ...stdin, hook_event_name: 'constructor' }, 'toString')).toBeUndefined();
  });
});

/** Codex refuses a hook's output that has any other member, and then goes on with the call. */
const CODEX: Readonly<Record<string, readonly string[]>> = {
  PreToolUse: ['hookEventName', 'permissionDecision', 'permissionDecisionReason', 'updatedInput'],
  PermissionRequest: ['hookEventName', 'decision', 'behavior', 'message'],
  PostToolUse: ['decision', 'reason'],
};
test.each(goldenOf('codex'))(
  'codex $name: no member that its published schema does not have',
  ({ name, answers }) => {
    const membersOf = (value: unknown, depth = 0): string[] =>
      typeof value === 'object' && value !== null && depth < 3
        ? Object.entries(value).flatMap(([key, one]) =>
            key === 'updatedInput' ? [key] : [key, ...membersOf(one, depth + 1)],
          )
        : [];
    for (const { stdout } of Object.values(answers)) {
      const members = membersOf(stdout).filter((one) => one !== 'hookSpecificOutput');
      expect(CODEX[name]).toEqual(expect.arrayContaining(members));
      // a bare allow, or `ask`, fails the hook there: the call would go on
      const text = JSON.stringify(stdout ?? {});
      if (text.includes('"permissionDecision":"allow"')) expect(text).toContain('updatedInput');
      expect(text).not.toMatch(/"(?:ask|continue|stopReason|suppressOutput)"/);
    }
  },
);
