import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HOSTS, type Host } from '../src/host.ts';
import { install, uninstall, withPlan } from '../src/install/install.ts';
import { removeItems } from '../src/install/edit-text.ts';
import { readJsonText, valueOf } from '../src/install/json-text.ts';
import { isOurs, planFor, type Place } from '../src/install/plan.ts';

function place(): Place & { readonly own: string } {
  const home = mkdtempSync(join(tmpdir(), 'countersign-install-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const own = join(home, 'own');
  const at = { node: '/opt/node dir/node', entry: '/opt/cli/bin/countersign-hook.cjs' };
  return { ...at, home, cwd: join(home, 'project'), config: join(own, 'hook.json'), own };
}
const put = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const WITH_COMMENTS = `{
    // what I like
    "theme": "dark", /* really */
    "hooks": {
        "PreToolUse": [
            { "matcher": "Bash", "hooks": [{ "type": "command", "command": "./mine.sh" }] } // mine
        ]
    }
}
`;

describe.each(HOSTS)('%s', (host) => {
  test('installs, twice is once, uninstalls to nothing', () => {
    const at = place();
    for (const scope of ['user', 'project'] as const) {
      const plan = planFor(host, scope, at);
      expect(install(plan, at.own)).toEqual({ file: plan.file, did: 'installed' });
      const text = readFileSync(plan.file, 'utf8');
      expect(JSON.parse(text)).toMatchObject({
        ...plan.root,
        hooks: Object.fromEntries(Object.entries(plan.hooks).map(([name, item]) => [name, [item]])),
      });
      expect(install(plan, at.own).did).toBe('nothing');
      expect(uninstall(plan.file, at.own).did).toBe('restored');
      expect(existsSync(plan.file)).toBe(false);
    }
  });

  test('keeps what is there, with its comments and its way of writing, and restores it byte for byte', () => {
    const at = place();
    const plan = planFor(host, 'user', at);
    put(plan.file, WITH_COMMENTS);
    install(plan, at.own);
    const text = readFileSync(plan.file, 'utf8');
    for (const line of WITH_COMMENTS.split('\n').slice(0, 3)) expect(text).toContain(line);
    expect(text).toContain('// mine');
    expect(text).toContain('\n    "hooks"');
    // another version of ours takes the place of the first, and what was there before both is what counts
    const newer = planFor(host, 'user', { ...at, node: '/opt/node-26/node' });
    expect(install(newer, at.own).did).toBe('updated');
    expect(readFileSync(plan.file, 'utf8')).not.toContain('node dir');
    uninstall(plan.file, at.own);
    expect(readFileSync(plan.file, 'utf8')).toBe(WITH_COMMENTS);
  });

  test('changed since: only ours goes', () => {
    const at = place();
    const plan = planFor(host, 'user', at);
    install(plan, at.own);
    const text = readFileSync(plan.file, 'utf8');
    writeFileSync(plan.file, text.replace('{', '{\n  "model": "x",'));
    expect(uninstall(plan.file, at.own).did).toBe('removed');
    expect(JSON.parse(readFileSync(plan.file, 'utf8'))).toEqual({ model: 'x', ...plan.root });
  });

  test('absolute paths, and whatever makes the host fail closed', () => {
    const { hooks } = planFor(host, 'user', place());
    const before = JSON.stringify(Object.values(hooks)[0]);
    expect(before).toContain('/opt/cli/bin/countersign-hook.cjs');
    expect(before).toMatch(/"timeout(?:Sec)?":3600(?:000)?\b/);
    if (host === 'claude-code') expect(before).toContain('"onFailure":"block"');
    if (host === 'cursor') expect(before).toContain('"failClosed":true');
    if (host !== 'claude-code') expect(before).toContain("'/opt/node dir/node' /opt/cli");
  });
});

const lineOf = (host: Host, node: string): string => {
  const { hooks } = planFor(host, 'user', { ...place(), node });
  const [before = {}] = Object.values(hooks) as { hooks?: { command: string }[] }[];
  return before.hooks?.[0]?.command ?? '';
};
describe('R2: where a host goes on after a crash, the line itself says no, with words', () => {
  const NO = 'NOT EXECUTED: the hook is gone, or ended without an answer\n';
  test.each(['codex', 'gemini'] as const)('%s', (host) => {
    const end = (node: string) =>
      spawnSync('/bin/sh', ['-c', lineOf(host, node)], { encoding: 'utf8' });
    const at = place();
    const stub = (text: string): string => {
      const file = join(at.home, 'stub node');
      writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return file;
    };
    expect(end('/nowhere/node')).toMatchObject({ status: 2, stderr: expect.stringMatching(NO) });
    for (const bad of ['exit 1', 'exit 5', 'kill -9 $$'])
      expect(end(stub(bad))).toMatchObject({ status: 2, stderr: expect.stringMatching(NO) });
    // its own no stays as it is, and its yes
    expect(end(stub('echo no >&2; exit 2'))).toMatchObject({ status: 2, stderr: 'no\n' });
    expect(end(stub('echo {}'))).toMatchObject({ status: 0, stdout: '{}\n', stderr: '' });
  });
});

const nameIn = (at: Place): unknown => {
  const [before] = Object.values(planFor('gemini', 'user', at).hooks);
  return (before as { hooks: { name: string }[] }).hooks[0]?.name;
};
test('R2: no repository knows the name by which Gemini CLI would switch this hook off', () => {
  const [one, other] = [place(), place()];
  expect(nameIn(one)).toMatch(/^countersign-[0-9a-f]{12}$/);
  expect(nameIn(one)).toBe(nameIn(one));
  expect(nameIn(one)).not.toBe(nameIn(other));
});

describe('a file that is none is not touched', () => {
  test.each([
    ['{"a": 1,}', 'a comma too many in line 1, column 9'],
    ['{"a": 1 "b": 2}', 'expected `,` or `}` in line 1'],
    ['{\n "hooks": {},\n "hooks": {}\n}', '`hooks` stands here twice in line 3'],
    ['{"hooks": []}', 'expected an object'],
    ['[]', 'expected an object'],
    ['{} x', 'more after the end'],
    ['{"a": tru}', 'expected a value'],
    ['{"hooks": {"PreToolUse": {}}}', 'expected an array'],
  ])('%j: %s', (text, message) => {
    const at = place();
    const plan = planFor('claude-code', 'user', at);
    put(plan.file, text);
    expect(() => install(plan, at.own)).toThrow(message);
    expect(readFileSync(plan.file, 'utf8')).toBe(text);
  });
});

test('any configuration keeps its values, and loses ours alone', () => {
  const { hooks, root } = planFor('claude-code', 'user', place());
  const item = fc.record({
    matcher: fc.string(),
    hooks: fc.array(fc.record({ command: fc.string() })),
  });
  const given = fc.record(
    {
      x: fc.jsonValue(),
      hooks: fc.dictionary(fc.constantFrom('PreToolUse', 'Stop', 'PostToolUse'), fc.array(item)),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(given, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const next = withPlan(text, { hooks, root });
      expect(withPlan(next, { hooks, root })).toBe(next);
      expect(JSON.parse(next)).toEqual(valueOf(readJsonText(next)));
      const back = JSON.parse(removeItems(next, isOurs)) as typeof value;
      const full = (one: typeof value) => ({
        ...one,
        hooks: Object.fromEntries(
          Object.entries(one.hooks ?? {}).filter(([, list]) => list.length > 0),
        ),
      });
      expect(full(back)).toEqual(full(JSON.parse(text) as typeof value));
    }),
  );
});
