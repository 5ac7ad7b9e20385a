// An agent of the Claude Agent SDK with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { guardHooks } from '@countersign/sdk/claude-agent-sdk';
import { createSdkMcpServer, query, tool } from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const exportCustomers = tool(
  'export_customers',
  'Exports columns of a table of the CRM to a destination',
  {
    table: z.string(),
    columns: z.array(z.string()),
    destination: z.string(),
    format: z.enum(['csv', 'json']).default('csv'),
  },
  async ({ table, destination }) => ({
    content: [{ type: 'text', text: `${table} is in ${destination}` }],
  }),
);

const { apiKey, baseURL } = await endpoint('ANTHROPIC');
const guard = { type: 'sql.export', resource: 'Database::crm' };
const run = query({
  prompt: 'Send our partner the list of customers.',
  options: {
    mcpServers: { crm: createSdkMcpServer({ name: 'crm', tools: [exportCustomers] }) },
    tools: [],
    allowedTools: ['mcp__crm__export_customers'],
    hooks: guardHooks(client, { mcp__crm__export_customers: guard }),
    settingSources: [],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ANTHROPIC_API_KEY: apiKey,
      ANTHROPIC_BASE_URL: baseURL,
    },
  },
});
for await (const message of run)
  if (message.type === 'result')
    process.stdout.write(`${message.subtype === 'success' ? message.result : message.subtype}\n`);
