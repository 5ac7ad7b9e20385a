// An agent of the Vercel AI SDK with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { guardTools } from '@countersign/sdk/ai-sdk';
import { generateText, isStepCount, tool } from 'ai';
import { z } from 'zod';
import { model } from './model.ts';

const { COUNTERSIGN_URL: url = 'http://127.0.0.1:8088', COUNTERSIGN_TOKEN: token = '' } =
  process.env;
const client = createClient({ url, token });

const tools = {
  exportCustomers: tool({
    description: 'Exports columns of a table of the CRM to a destination',
    inputSchema: z.object({
      table: z.string(),
      columns: z.array(z.string()),
      destination: z.string(),
      format: z.enum(['csv', 'json']).default('csv'),
    }),
    execute: async ({ table, destination }) => `${table} is in ${destination}`,
  }),
};

const { text } = await generateText({
  model,
  tools: guardTools(client, tools, {
    run: crypto.randomUUID(), // where chats are kept: the chat's id
    guards: { exportCustomers: { type: 'sql.export', resource: 'Database::crm' } },
  }),
  stopWhen: isStepCount(5),
  prompt: 'Send our partner the list of customers.',
});
process.stdout.write(`${text}\n`);
