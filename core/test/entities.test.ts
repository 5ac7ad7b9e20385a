import { expect, test } from 'vitest';
import type { Agent, Directory, Person } from '../src/directory.ts';
import type { Entity } from '../src/judgement.ts';
import { questionOf } from '../src/question.ts';
import { instant } from '../src/time.ts';

const agent: Agent = Object.freeze({
  id: 'bot',
  owner: 'mona',
  teams: ['eng'],
  trust: 2,
  quarantined: false,
  actsFor: ['ana'],
  delegators: [],
});
const person = (id: string, more: Partial<Person> = {}): Person =>
  Object.freeze({
    id,
    name: id,
    human: id,
    groups: ['eng'],
    active: true,
    reach: 'passkey',
    ...more,
  } satisfies Person);
const there: readonly Entity[] = Object.freeze([
  { type: 'McpServer', id: 'github', attrs: { trusted: true }, parents: [] },
]);

type Now = {
  agent?: Agent | undefined;
  people: readonly Person[];
  there?: readonly Entity[] | undefined;
};
const NOW: Now = { agent, people: [person('mona'), person('ana')], there };

const ask = (now: Now, onBehalfOf?: string): readonly Entity[] => {
  const directory: Directory = {
    agent: () => now.agent,
    person: (id) => now.people.find((one) => one.id === id),
    members: () => [],
    resource: () => now.there,
    isKilled: () => false,
  };
  const lineage = { agent: 'bot', owner: 'mona', editors: [], delegators: [] };
  const matter = {
    lineage: onBehalfOf === undefined ? lineage : { ...lineage, onBehalfOf },
    judgedAs: 'mcp.tool-call',
    resource: { type: 'McpServer', id: 'github' },
    facts: {},
    inspectable: 'full',
  } as const;
  return questionOf(matter, directory, instant(0), 'UTC').entities;
};

test('who asks, for whom and of what are told once, as long as nothing of it is another', () => {
  const first = ask(NOW);
  expect(ask(NOW)).toBe(first);
  expect(first.map(({ type, id }) => `${type} ${id}`)).toEqual([
    'Person mona',
    'McpServer github',
    'Agent bot',
  ]);
});

test.each<{ what: string; now: Now; onBehalfOf?: string }>([
  { what: 'the agent', now: { ...NOW, agent: Object.freeze({ ...agent, quarantined: true }) } },
  { what: 'its owner', now: { ...NOW, people: [person('mona', { active: false })] } },
  { what: 'an owner who is gone', now: { ...NOW, people: [] } },
  { what: 'whom it acts for', now: NOW, onBehalfOf: 'ana' },
  {
    what: 'the resource',
    now: { ...NOW, there: Object.freeze([{ ...(there[0] as Entity), attrs: {} }]) },
  },
  { what: 'a resource that is gone', now: { ...NOW, there: undefined } },
  { what: 'an agent that is gone', now: { ...NOW, agent: undefined } },
])('R6 what changed is told as it is now: $what', ({ now, onBehalfOf }) => {
  const before = ask(NOW);
  const after = ask(now, onBehalfOf);
  expect(after).not.toEqual(before);
  expect(ask(now, onBehalfOf)).toEqual(after);
  expect(ask(NOW)).toEqual(before);
});

test('R6 what could change unseen is looked at each time', () => {
  const open = { ...agent, teams: ['eng'] };
  const now = { ...NOW, agent: open };
  expect(ask(now)).not.toBe(ask(now));
  Object.assign(open, { quarantined: true });
  expect(ask(now).at(-1)?.attrs['quarantined']).toBe(true);
});
