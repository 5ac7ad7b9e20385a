import type { Command, Options } from './command.ts';

/** Commands about channels people are asked in. @param identity options that say who calls, and where */
export const channelCommands = (identity: Options): readonly Command[] => [
  {
    name: 'channels list',
    summary: 'Channels people are asked in, and whether messages go through',
    options: identity,
    load: async () => (await import('./commands/channels.ts')).list,
  },
  {
    name: 'channels letters',
    summary: 'What could not be put in a channel, and why',
    words: ['CHANNEL'],
    options: identity,
    load: async () => (await import('./commands/channels.ts')).letters,
  },
  {
    name: 'channels replay',
    summary: 'Try again what could not be put in a channel',
    words: ['CHANNEL'],
    options: identity,
    load: async () => (await import('./commands/channels.ts')).replay,
  },
  {
    name: 'channels try',
    summary: 'Put a message in a channel that says nothing but that it works',
    words: ['CHANNEL'],
    options: {
      place: { type: 'string', value: 'PLACE', help: 'where in it, as in routing.yaml' },
      ...identity,
    },
    notes: ['Exits 0 once the message is there. It is sent once and not tried again.'],
    examples: ['slack --place C0SEC', 'siem'],
    load: async () => (await import('./commands/channels.ts')).tryIt,
  },
];
