import type { Command, Options } from './command.ts';

/** The gate for MCP servers that a developer starts by hand. @param identity options that say who calls, and where */
export const mcpCommands = (identity: Options): readonly Command[] => [
  {
    name: 'mcp',
    summary: 'Gate an MCP server: put this in front of its command',
    takesRest: true,
    options: {
      server: {
        type: 'string',
        value: 'NAME',
        help: 'what it is called in policy, as McpServer::NAME (default: its program or package)',
      },
      upstream: {
        type: 'string',
        value: 'URL',
        help: 'a server over HTTP, instead of a program after `--`',
      },
      header: {
        type: 'string',
        multiple: true,
        value: 'NAME=env:VARIABLE',
        help: 'a header for it; its value is named (env:, file:), never written here',
      },
      hold: {
        type: 'string',
        value: '2m',
        help: 'how long a call waits for people before the client gets a ticket',
      },
      unmasked: {
        type: 'string',
        multiple: true,
        value: 'CLASS',
        help: 'a data class that is not masked in what comes back',
      },
      ...identity,
    },
    notes: [
      'Standard input and output are the protocol; what is said to people is on standard error.',
      'Without the gateway no call runs; the process stays, and calls run again when it is back.',
      'The program gets the variables it was started with, but for those of Countersign.',
    ],
    examples: [
      '--server github -- npx -y @modelcontextprotocol/server-github',
      '--server crm --upstream https://crm.example.com/mcp --header Authorization=env:CRM_AUTH',
    ],
    load: async () => (await import('./commands/mcp.ts')).mcp,
  },
];
