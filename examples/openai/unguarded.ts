// A loop over the OpenAI SDK with one tool.
import OpenAI from 'openai';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

const Export = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  destination: z.string(),
  format: z.enum(['csv', 'json']).default('csv'),
});
const exportCustomers = async ({ table, destination }: z.infer<typeof Export>) =>
  `${table} is in ${destination}`;

const openai = new OpenAI(await endpoint('OPENAI'));
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'user', content: 'Send our partner the list of customers.' },
];
const tools: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'export_customers', parameters: z.toJSONSchema(Export) } },
];

for (;;) {
  const { choices } = await openai.chat.completions.create({ model: 'gpt-5.6', messages, tools });
  const message = choices[0]?.message;
  if (!message) throw new Error('no answer');
  messages.push(message);
  for (const call of message.tool_calls ?? []) {
    if (call.type !== 'function') continue;
    const content = await exportCustomers(Export.parse(JSON.parse(call.function.arguments)));
    messages.push({ role: 'tool', tool_call_id: call.id, content });
  }
  if (message.tool_calls === undefined) break;
}
process.stdout.write(`${messages.at(-1)?.content}\n`);
