import type { Command, Options } from './command.ts';

const PROPOSE: Options = {
  for: { type: 'string', value: '8h', help: 'how long at most' },
  uses: { type: 'string', value: 'N', help: 'how often at most' },
  reason: { type: 'string', help: 'why; people who endorse it are shown it' },
  scope: {
    type: 'string',
    value: 'JSON',
    help: 'what arguments may be: equals, oneOf, prefix, atMost; default: exactly this action',
  },
};

/** Commands about waivers and broken glass. @param identity options that say who calls, and where */
export const waiverCommands = (identity: Options): readonly Command[] => [
  {
    name: 'waivers list',
    summary: 'What people said need not be asked about for a while',
    options: identity,
    load: async () => (await import('./commands/waivers.ts')).list,
  },
  {
    name: 'waivers propose',
    summary: 'Ask that the likes of a request need not be asked about for a while',
    words: ['APPROVAL'],
    options: { ...PROPOSE, ...identity },
    notes: [
      'It is in force once people endorsed it who meet what it waives.',
      'Beyond what policy allows (`@waivable`) it is refused, never cut.',
    ],
    examples: [
      '…n4q6r8 --for 8h --uses 20 --reason "the nightly report" --scope \'{"destination":{"prefix":"s3://reports/"}}\'',
    ],
    load: async () => (await import('./commands/waivers.ts')).propose,
  },
  {
    name: 'waivers endorse',
    summary: 'Say yes to a waiver, as one of those who would be asked',
    words: ['WAIVER'],
    options: {
      seen: { type: 'string', value: 'DIGEST', help: 'digest of the terms you read' },
      ...identity,
    },
    notes: ['Without --seen the terms are shown, and nothing is endorsed.'],
    load: async () => (await import('./commands/waivers.ts')).endorse,
  },
  {
    name: 'waivers revoke',
    summary: 'End a waiver',
    words: ['WAIVER'],
    options: {
      reason: { type: 'string', help: 'why; it becomes part of the ledger' },
      ...identity,
    },
    load: async () => (await import('./commands/waivers.ts')).revoke,
  },
  {
    name: 'break-glass list',
    summary: 'Broken glass that waits for its review',
    options: identity,
    load: async () => (await import('./commands/waivers.ts')).openGlasses,
  },
  {
    name: 'break-glass review',
    summary: 'Say, as one of those who were passed over, whether it was justified',
    words: ['APPROVAL'],
    options: {
      finding: { type: 'string', value: 'justified|not-justified', help: 'what you found' },
      note: { type: 'string', help: 'in your words; it becomes part of the ledger' },
      ...identity,
    },
    notes: ['The glass is broken in the console: a terminal proves too little.'],
    load: async () => (await import('./commands/waivers.ts')).reviewGlass,
  },
];
