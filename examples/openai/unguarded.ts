// A loop over the OpenAI SDK with one tool.
import OpenAI from 'openai';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';

const parameters = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  destination: z.string(),
  format: z.enum(['csv', 'json']).default('csv'),
});
const exportCustomers = async ({ table, destination }: z.infer<typeof parameters>) =>
  `${table} is in ${destination}`;

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
  for (const call of message.tool_calls) {
    if (call.type !== 'function') continue;
    const content = await exportCustomers(parameters.parse(JSON.parse(call.function.arguments)));
    messages.push({ role: 'tool', tool_call_id: call.id, content });
  }
}
