// The tool runner of the Anthropic SDK with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { guardTool } from '@countersign/sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const exportCustomers = betaZodTool({
  name: 'export_customers',
  description: 'Exports columns of a table of the CRM to a destination',
  inputSchema: z.object({
    table: z.string(),
    columns: z.array(z.string()),
    destination: z.string(),
    format: z.enum(['csv', 'json']).default('csv'),
  }),
  run: async ({ table, destination }) => `${table} is in ${destination}`,
});

const run = crypto.randomUUID(); // where conversations are kept: the conversation's id
const guard = { type: 'sql.export', resource: 'Database::crm', run };
const anthropic = new Anthropic(await endpoint('ANTHROPIC'));
const { content } = await anthropic.beta.messages.toolRunner({
  model: 'claude-sonnet-5',
  max_tokens: 1024,
  tools: [guardTool(client, exportCustomers, guard)],
  messages: [{ role: 'user', content: 'Send our partner the list of customers.' }],
});
process.stdout.write(`${content[0]?.type === 'text' ? content[0].text : ''}\n`);
