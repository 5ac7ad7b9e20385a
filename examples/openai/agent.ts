// A loop over the OpenAI SDK with one tool, guarded.
import { createClient } from '@countersign/sdk';
import { guardFunction, runToolCalls } from '@countersign/sdk/openai';
import OpenAI from 'openai';
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
const exportCustomers = async ({ table, destination }: z.infer<typeof parameters>) =>
  `${table} is in ${destination}`;

const functions = {
  export_customers: guardFunction(client, {
    parameters,
    execute: exportCustomers,
    guard: { type: 'sql.export', resource: 'Database::crm' },
  }),
};
const run = crypto.randomUUID(); // where conversations are kept: the conversation's id

const openai = new OpenAI(await endpoint('OPENAI'));
const name = 'export_customers';
const about = { name, parameters: z.toJSONSchema(parameters) };
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'user', content: 'Send our partner the list of customers.' },
];

for (;;) {
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-5.6',
    messages,
    tools: [{ type: 'function', function: about }],
  });
  const message = choices[0]?.message;
  if (!message?.tool_calls) {
    process.stdout.write(`${message?.content}\n`);
    break;
  }
  messages.push(message);
  messages.push(...(await runToolCalls(message.tool_calls, functions, { run })));
}
