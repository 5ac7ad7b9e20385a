import type { Command, Options } from './command.ts';

const PIN: Options = {
  pin: {
    type: 'string',
    value: 'DIGEST',
    help: 'which of its definitions; default: the one seen last',
  },
};
const REVIEW: Options = {
  seen: { type: 'string', value: 'DIGEST', help: 'digest of the difference you read' },
  reason: { type: 'string', help: 'why; it becomes part of the ledger' },
  ...PIN,
};
const NOTES = [
  'For administrators. Without --seen the difference is shown, and nothing is decided.',
  'Accepting a definition permits no call: each is judged by policy all the same.',
];

/** Commands about the tools of MCP servers. @param identity options that say who calls, and where */
export const toolCommands = (identity: Options): readonly Command[] => [
  {
    name: 'tools list',
    summary: 'Tools of MCP servers, those that wait for a review first',
    options: {
      server: { type: 'string', value: 'NAME', help: 'only those of this server' },
      ...identity,
    },
    load: async () => (await import('./commands/tools.ts')).list,
  },
  {
    name: 'tools show',
    summary: 'How the definition of a tool differs from what was accepted',
    words: ['SERVER/TOOL'],
    options: { ...PIN, ...identity },
    examples: ['mail/send_mail'],
    load: async () => (await import('./commands/tools.ts')).show,
  },
  {
    name: 'tools accept',
    summary: 'Let a definition of a tool be listed and called',
    words: ['SERVER/TOOL'],
    options: { ...REVIEW, ...identity },
    notes: NOTES,
    examples: ['mail/send_mail --seen sha256:9f86… --reason "bcc is new in 2.1"'],
    load: async () => (await import('./commands/tools.ts')).accept,
  },
  {
    name: 'tools refuse',
    summary: 'Keep a definition of a tool from being listed and called',
    words: ['SERVER/TOOL'],
    options: { ...REVIEW, ...identity },
    notes: NOTES,
    load: async () => (await import('./commands/tools.ts')).refuse,
  },
];
