import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant, type Directory, type Judge } from '@countersign/core';
import type { Tool } from '@countersign/gate-mcp';
import { createPolicyEngine, type PolicyEngine } from '@countersign/policy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPolicies } from '../src/followers/policies.ts';
import { createCallable } from '../src/mcp/callable.ts';

const schema = readFileSync(join(import.meta.dirname, '../../policies/schema.cedarschema'), 'utf8');

const toolsOf = (server: string): readonly Tool[] =>
  [true, false].map((readOnlyHint) => {
    const name = readOnlyHint ? 'get' : 'put';
    const definition = { name, inputSchema: { type: 'object' }, annotations: { readOnlyHint } };
    return { server, name, pin: `sha256:${name}`, standing: 'accepted', definition };
  });

type Make = (what: 'permit' | 'forbid' | 'review', when?: string, grade?: string) => string;
const GRADE = 'context.base.inspectable';

/** What policy says of each server, and which tools are listed of it. */
const CASES: Readonly<Record<string, readonly [(make: Make) => string, readonly string[]]>> = {
  'what is permitted is listed': [(make) => make('permit'), ['get', 'put']],
  'what no policy permits is not': [() => '', []],
  'what is permitted by what it is': [(make) => make('permit', 'context.readOnly'), ['get']],
  'what is forbidden by its name is not': [
    (make) => make('permit') + make('forbid', 'context.tool == "put"'),
    ['get'],
  ],
  'what is forbidden for what it is given is': [
    (make) => make('permit') + make('forbid', '!context.values.contains("to=dev")'),
    ['get', 'put'],
  ],
  'what is permitted for what it is given is': [
    (make) => make('permit', 'context.fields.contains("to")'),
    ['get', 'put'],
  ],
  'what is forbidden at some hours is': [
    (make) => make('permit') + make('forbid', 'context.base.local.hour >= 0'),
    ['get', 'put'],
  ],
  'what people are asked about is': [(make) => make('permit') + make('review'), ['get', 'put']],
  'what is permitted where it is half understood is': [
    (make) => make('permit', `${GRADE} == Countersign::Inspectable::"partial"`),
    ['get', 'put'],
  ],
  'what is stopped for now is': [
    (make) => make('permit') + make('forbid', 'context.base.killSwitch'),
    ['get', 'put'],
  ],
};

const MARKS = {
  permit: '@reason("x")',
  forbid: '@reason("x")',
  review: '@review("x") @approvers("ops") @quorum("1") @expires("5m")',
};
let count = 0;
const policiesFor = (server: string, of: (make: Make) => string): string =>
  of((what, when = 'true') => {
    const effect = what === 'permit' ? 'permit' : 'forbid';
    const seen = what === 'permit' ? `${GRADE} != Countersign::Inspectable::"none" && ` : '';
    return `@id("p${count++}") ${MARKS[what]} ${effect} (principal, action == Countersign::Action::"mcp.tool-call", resource == Countersign::McpServer::"${server}") when { ${seen}${when} };\n`;
  });

const isReview = (one: string): boolean => one.includes('@review');
const folder = mkdtempSync(join(tmpdir(), 'callable-'));
let engine: PolicyEngine | undefined;
beforeAll(async () => {
  writeFileSync(join(folder, 'schema.cedarschema'), schema);
  const all = Object.entries(CASES)
    .map(([server, [of]]) => policiesFor(server, of))
    .join('')
    .split('\n');
  writeFileSync(join(folder, 'all.cedar'), all.filter((one) => !isReview(one)).join('\n'));
  writeFileSync(join(folder, 'all.review.cedar'), all.filter(isReview).join('\n'));
  engine = await createPolicyEngine({
    set: await loadPolicies(folder, { ops: 3 }),
    run: 'in-process',
  });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await engine?.close();
});

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('not there');
  return value;
};

function callable() {
  let asked = 0;
  const judge: Judge = {
    judge: (question) => {
      asked++;
      return must(engine).judge(question);
    },
  };
  const directory: Directory = {
    agent: (id) => {
      const agent = { owner: 'mona', teams: [], trust: 1, quarantined: false };
      return id === 'nobody' ? undefined : { id, ...agent, actsFor: [], delegators: [] };
    },
    person: () => undefined,
    members: () => [],
    resource: () => [],
    isKilled: () => true,
  };
  const made = createCallable({
    judge,
    policies: must(engine).current,
    directory: () => directory,
    clock: () => instant(1_700_000_000_000),
    timeZone: 'UTC',
    find: () => undefined,
  });
  return { asked: () => asked, ...made };
}

test.each(Object.entries(CASES))('%s', async (server, [, expected]) => {
  expect([...(await callable().callable('bot', server, toolsOf(server)))]).toEqual(expected);
});

test('policy is asked once per agent, set and listing', async () => {
  const it = callable();
  const server = 'what is permitted is listed';
  await it.callable('bot', server, toolsOf(server));
  const asked = it.asked();
  await it.callable('bot', server, toolsOf(server));
  expect(it.asked()).toBe(asked);
  await it.callable('other', server, toolsOf(server));
  expect(it.asked()).toBe(2 * asked);
  expect([...(await it.callable('nobody', server, toolsOf(server)))]).toEqual([]);
});

test('waiting is offered where policy could ask people', () => {
  const { mayAsk } = callable();
  expect(mayAsk('what people are asked about is')).toBe(true);
  expect(mayAsk('what is permitted is listed')).toBe(false);
});
