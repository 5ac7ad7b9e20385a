// An agent of the OpenAI Agents SDK with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { guardTool } from '@countersign/sdk/openai-agents';
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const parameters = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  destination: z.string(),
  format: z.enum(['csv', 'json']).default('csv'),
});
const exportCustomers = {
  name: 'export_customers',
  description: 'Exports columns of a table of the CRM to a destination',
  parameters,
  execute: async ({ table, destination }: z.infer<typeof parameters>) =>
    `${table} is in ${destination}`,
};

const run = crypto.randomUUID(); // where conversations are kept: the conversation's id
const guard = { type: 'sql.export', resource: 'Database::crm', run };
const agent = new Agent({
  name: 'assistant',
  instructions: 'You help the sales team.',
  tools: [tool(guardTool(client, exportCustomers, guard))],
});
const modelProvider = new OpenAIProvider(await endpoint('OPENAI'));
const runner = new Runner({ modelProvider, tracingDisabled: true });
const { finalOutput } = await runner.run(agent, 'Send our partner the list of customers.');
process.stdout.write(`${finalOutput}\n`);
