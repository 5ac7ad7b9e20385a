// An agent of Mastra with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { guardTool } from '@countersign/sdk/mastra';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';
import { model } from './model.ts';

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const exportCustomers = createTool({
  id: 'export_customers',
  description: 'Exports columns of a table of the CRM to a destination',
  inputSchema: z.object({
    table: z.string(),
    columns: z.array(z.string()),
    destination: z.string(),
    format: z.enum(['csv', 'json']).default('csv'),
  }),
  execute: async ({ table, destination }) => `${table} is in ${destination}`,
});

const guard = { type: 'sql.export', resource: 'Database::crm' };
const agent = new Agent({
  id: 'assistant',
  name: 'assistant',
  instructions: 'You help the sales team.',
  model,
  tools: { exportCustomers: guardTool(client, exportCustomers, guard) },
});
const { text } = await agent.generate('Send our partner the list of customers.');
process.stdout.write(`${text}\n`);
