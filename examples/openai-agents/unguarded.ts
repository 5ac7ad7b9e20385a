// An agent of the OpenAI Agents SDK with one tool.
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

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

const agent = new Agent({
  name: 'assistant',
  instructions: 'You help the sales team.',
  tools: [tool(exportCustomers)],
});
const modelProvider = new OpenAIProvider(await endpoint('OPENAI'));
const runner = new Runner({ modelProvider, tracingDisabled: true });
const { finalOutput } = await runner.run(agent, 'Send our partner the list of customers.');
process.stdout.write(`${finalOutput}\n`);
