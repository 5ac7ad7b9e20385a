import type { Command, Options } from './command.ts';

const TIME = 'as 2027-01-04T08:00:00+01:00';

/** Commands about who answers for whom. @param identity options that say who calls, and where */
export const delegationCommands = (identity: Options): readonly Command[] => [
  {
    name: 'delegations list',
    summary: 'Who answers for you while you are away, and for whom you answer',
    options: {
      all: { type: 'boolean', help: 'everybody’s, for administrators and auditors' },
      after: { type: 'string', value: 'ID', help: 'with --all: go on after this one' },
      ...identity,
    },
    load: async () => (await import('./commands/delegations.ts')).list,
  },
  {
    name: 'delegations grant',
    summary: 'Let somebody answer for you while you are away',
    words: ['PERSON'],
    options: {
      for: { type: 'string', value: 'DURATION', help: 'how long, such as 8h or 14d' },
      ends: { type: 'string', value: 'TIME', help: `or until when, ${TIME}` },
      begins: { type: 'string', value: 'TIME', help: `from when (default: now), ${TIME}` },
      group: {
        type: 'string',
        multiple: true,
        value: 'GROUP',
        help: 'only for this group of yours (default: all)',
      },
      from: { type: 'string', value: 'PERSON', help: 'for somebody else, by an administrator' },
      reason: { type: 'string', help: 'why; it becomes part of the ledger' },
      ...identity,
    },
    notes: [
      'At most 90 days. Where people sign in, this needs a browser: do it under /me of the console.',
      'Whoever owns an agent gives nobody a voice on what that agent does.',
    ],
    examples: ['ben --for 14d --reason "on leave"', 'ben --group dba --ends 2027-01-04T08:00:00Z'],
    load: async () => (await import('./commands/delegations.ts')).grant,
  },
  {
    name: 'delegations end',
    summary: 'End it at once: by either of the two, or an administrator',
    words: ['DELEGATION'],
    options: identity,
    load: async () => (await import('./commands/delegations.ts')).end,
  },
];
