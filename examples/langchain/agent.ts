// An agent of LangChain with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { countersignMiddleware } from '@countersign/sdk/langchain';
import { createAgent, tool } from 'langchain';
import { z } from 'zod';
import { model } from './model.ts';

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const exportCustomers = tool(async ({ table, destination }) => `${table} is in ${destination}`, {
  name: 'export_customers',
  description: 'Exports columns of a table of the CRM to a destination',
  schema: z.object({
    table: z.string(),
    columns: z.array(z.string()),
    destination: z.string(),
    format: z.enum(['csv', 'json']).default('csv'),
  }),
});

const agent = createAgent({
  model,
  tools: [exportCustomers],
  middleware: [
    countersignMiddleware(client, {
      guards: { export_customers: { type: 'sql.export', resource: 'Database::crm' } },
    }),
  ],
});
const { messages } = await agent.invoke({
  messages: [{ role: 'user', content: 'Send our partner the list of customers.' }],
});
process.stdout.write(`${messages.at(-1)?.text}\n`);
