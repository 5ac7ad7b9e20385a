import type { Command, Options } from './command.ts';

/** Commands about databases behind the gate. @param config the option that names a configuration */
export const databaseCommands = (config: Options): readonly Command[] => [
  {
    name: 'classify',
    summary: 'Propose what the columns of a database hold, by their names and values',
    words: ['DATABASE'],
    options: {
      write: { type: 'boolean', help: 'put the proposals into the file of data classes' },
      url: {
        type: 'string',
        value: 'postgres://USER@HOST/DB',
        help: 'a database no configuration names; its password is in PGPASSWORD',
      },
      ...config,
    },
    notes: [
      'It reads as the role for reading, at most 200 rows of each table, and prints no value.',
      'A proposed class masks at once; a person accepts it by writing the class alone, or `none`.',
    ],
    examples: ['crm', 'crm --write'],
    load: async () => (await import('./commands/classify.ts')).classify,
  },
];
