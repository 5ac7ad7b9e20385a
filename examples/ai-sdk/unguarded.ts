// An agent of the Vercel AI SDK with one tool.
import { generateText, isStepCount, tool } from 'ai';
import { z } from 'zod';
import { model } from './model.ts';

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
  tools,
  stopWhen: isStepCount(5),
  prompt: 'Send our partner the list of customers.',
});
process.stdout.write(`${text}\n`);
