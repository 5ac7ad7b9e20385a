import type { Command, Options } from './command.ts';

/** Commands about approvals as a whole: the report and drills. */
export const consideredCommands = (identity: Options): readonly Command[] => [
  {
    name: 'report',
    summary: 'Whether approvals are considered, for administrators and auditors',
    options: {
      from: { type: 'string', value: 'DATE', help: 'requests from then on (default: 30 days)' },
      to: { type: 'string', value: 'DATE', help: 'requests before then, as they stood then' },
      group: { type: 'string', value: 'GROUP', help: 'only requests that asked this group' },
      ...identity,
    },
    notes: [
      'DATE is RFC 3339 or a date. Made of the ledger alone: the same range gives the same report.',
    ],
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'drills list',
    summary: 'What came of drills, for administrators and auditors',
    options: identity,
    load: async () => (await import('./commands/drills.ts')).list,
  },
  {
    name: 'drills run',
    summary: 'Ask people about a harmless request that never runs, for administrators',
    options: {
      template: { type: 'string', value: 'ID', help: 'which one (default: one by chance)' },
      ...identity,
    },
    notes: ['Whoever runs it may not answer it. See `drills` in the configuration.'],
    load: async () => (await import('./commands/drills.ts')).runDrill,
  },
];
