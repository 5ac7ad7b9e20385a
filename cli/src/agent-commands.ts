import type { Command, Option, Options } from './command.ts';

const many = (value: string, help: string): Option => ({
  type: 'string',
  multiple: true,
  value,
  help,
});
const NONE = 'an empty text takes it away';
const PROFILE: Options = {
  owner: { type: 'string', value: 'PERSON', help: 'the one person who answers for it' },
  'owner-team': { type: 'string', value: 'GROUP', help: `the owner's team; ${NONE}` },
  team: many('GROUP', 'a team it is a member of in policy'),
  trust: { type: 'string', value: 'N', help: 'from 0, new, to 3, proven' },
  'acts-for': many('PERSON', 'a person it may say it acts for'),
  delegator: many('PERSON', 'a person who passed authority on to it'),
  workload: many('ISSUER:CLAIM=VALUE,…', 'a workload that is this agent'),
  spiffe: { type: 'string', value: 'ID', help: `the SPIFFE id of its certificate; ${NONE}` },
};
const REASON: Options = { reason: { type: 'string', help: 'why; it becomes part of the ledger' } };
const DAYS: Options = {
  days: { type: 'string', value: 'N', help: 'how long it opens (default 90, at most 365)' },
};
const OUT: Options = {
  out: {
    type: 'string',
    value: 'FILE',
    help: 'write the key there, readable by nobody else, instead of showing it',
  },
};
const SURE: Options = { yes: { type: 'boolean', help: 'do not ask' } };
const RECENT = 'Needs an administrator who signed in within the last hour (`countersign login`).';
const OWNERS = 'Owners may do this to their own agents.';

/** Commands about agents. @param identity options that say who calls, and where */
export const agentCommands = (identity: Options): readonly Command[] => [
  {
    name: 'agents list',
    summary: 'Agents with their owners, keys and stops',
    options: identity,
    load: async () => (await import('./commands/agents.ts')).list,
  },
  {
    name: 'agents register',
    summary: 'Register an agent with its owner',
    words: ['AGENT'],
    options: { ...PROFILE, ...identity },
    notes: [RECENT],
    examples: [
      'data-bot --owner mona --team data-agents',
      'data-bot --owner mona --workload github:repository_id=74201,environment=prod',
    ],
    load: async () => (await import('./commands/agents.ts')).register,
  },
  {
    name: 'agents change',
    summary: 'Change what is said of a registered agent',
    words: ['AGENT'],
    options: { ...PROFILE, ...REASON, ...identity },
    notes: [RECENT, 'A list that is given takes the place of the whole list of before.'],
    load: async () => (await import('./commands/agents.ts')).change,
  },
  {
    name: 'agents key',
    summary: 'Issue a key to an agent; it is shown once',
    words: ['AGENT', 'NAME'],
    options: { ...DAYS, ...OUT, ...identity },
    notes: [RECENT, 'Whoever issues a key is excluded from approvals of that agent.'],
    examples: ['data-bot nightly --out /run/secrets/data-bot.key'],
    load: async () => (await import('./commands/agents.ts')).key,
  },
  {
    name: 'agents rotate',
    summary: 'Issue a key in the place of another, which ends after a while',
    words: ['KEY'],
    options: {
      overlap: { type: 'string', value: 'HOURS', help: 'how long both open (default 24)' },
      ...DAYS,
      ...OUT,
      ...identity,
    },
    notes: [RECENT],
    load: async () => (await import('./commands/agents.ts')).rotate,
  },
  {
    name: 'agents revoke',
    summary: 'Make a key open nothing, at once',
    words: ['KEY'],
    options: { ...REASON, ...SURE, ...identity },
    notes: [
      OWNERS,
      'KEY is its name, `key_…`; of a key that was found, `csk_NAME_…`, it is `key_NAME`.',
    ],
    load: async () => (await import('./commands/agents.ts')).revoke,
  },
  {
    name: 'agents stop',
    summary: 'Stop an agent: nothing of it is allowed or released',
    words: ['AGENT'],
    options: { ...REASON, ...identity },
    notes: [OWNERS],
    load: async () => (await import('./commands/agents.ts')).stop,
  },
  {
    name: 'agents resume',
    summary: 'Let a stopped agent go on',
    words: ['AGENT'],
    options: { ...REASON, ...SURE, ...identity },
    notes: [RECENT],
    load: async () => (await import('./commands/agents.ts')).resume,
  },
  {
    name: 'agents stop-all',
    summary: 'Stop every agent',
    options: { ...REASON, ...SURE, ...identity },
    load: async () => (await import('./commands/agents.ts')).stopAll,
  },
  {
    name: 'agents resume-all',
    summary: 'Let all go on that are not stopped by name',
    options: { ...REASON, ...SURE, ...identity },
    notes: [RECENT],
    load: async () => (await import('./commands/agents.ts')).resumeAll,
  },
  {
    name: 'agents retire',
    summary: 'Take a registered agent out for good, with its keys',
    words: ['AGENT'],
    options: { ...REASON, ...SURE, ...identity },
    notes: [RECENT, 'Its name is never given again.'],
    load: async () => (await import('./commands/agents.ts')).retire,
  },
];
