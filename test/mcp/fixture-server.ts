import {
  acceptedContent,
  fromJsonSchema,
  inputRequired,
  McpServer,
  ResourceTemplate,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { asks, type Codec, elicit } from './fixture-asks.ts';
import { type FixtureTool, PIXEL, tools } from './fixture-tools.ts';

const user = (words: string) => ({ role: 'user', content: { type: 'text', text: words } }) as const;

const said = (...messages: ReturnType<typeof user>[]) => ({ messages });

function addTool(server: McpServer, name: string, tool: FixtureTool): void {
  const schema = tool.schema ?? { type: 'object', properties: tool.properties ?? {} };
  server.registerTool(
    name,
    { description: tool.description, inputSchema: fromJsonSchema<Record<string, unknown>>(schema) },
    (args, context) => tool.run(args, context),
  );
}

function addResources(server: McpServer): void {
  const add = (name: string, mimeType: string, content: { text: string } | { blob: string }) =>
    server.registerResource(name, `test://${name}`, { mimeType }, ({ href }) => ({
      contents: [{ uri: href, mimeType, ...content }],
    }));
  add('static-text', 'text/plain', { text: 'This is the content of the static text resource.' });
  add('static-binary', 'image/png', { blob: PIXEL });
  add('watched-resource', 'text/plain', { text: 'Watch this.' });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { mimeType: 'application/json' },
    ({ href }, { id }) => ({
      contents: [
        {
          uri: href,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  );
}

const stringArgs = (...names: string[]) =>
  fromJsonSchema<Record<string, string>>({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    required: names,
  });

const asking = (context: ServerContext) => {
  const given = acceptedContent(context.mcpReq.inputResponses, 'user_context')?.['context'];
  return typeof given === 'string'
    ? said(user(`Context: ${given}`))
    : inputRequired({ inputRequests: { user_context: elicit('Which context?', 'context') } });
};

function addPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'Plain' }, () =>
    said(user('This is a simple prompt for testing.')),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'With arguments', argsSchema: stringArgs('arg1', 'arg2') },
    ({ arg1, arg2 }) => said(user(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'With a resource', argsSchema: stringArgs('resourceUri') },
    ({ resourceUri = '' }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: {
              uri: resourceUri,
              mimeType: 'text/plain',
              text: 'Embedded resource content for testing.',
            },
          },
        },
        user('Please process the embedded resource above.'),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'With a picture' }, () => ({
    messages: [
      { role: 'user', content: { type: 'image', data: PIXEL, mimeType: 'image/png' } },
      user('Please analyze the image above.'),
    ],
  }));
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks before it answers' },
    // The declared type of a prompt without arguments is that of one with: what comes is the context alone.
    asking as never,
  );
}

/** A server with everything the conformance suites ask for. */
export function fixtureServer(codec: Codec, notifier: ServerNotifier): McpServer {
  const server = new McpServer(
    { name: 'fixture', version: '1.0.0' },
    {
      instructions: 'A server to test with.',
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: (state, context) => codec.verify(state, context) },
    },
  );
  const all = { ...tools(notifier), ...asks(codec) };
  for (const [name, tool] of Object.entries(all)) addTool(server, name, tool);
  addResources(server);
  addPrompts(server);
  const low = server.server;
  low.setRequestHandler('resources/subscribe', () => ({}));
  low.setRequestHandler('resources/unsubscribe', () => ({}));
  low.setRequestHandler('completion/complete', () => ({
    completion: { values: ['paris', 'park'] },
  }));
  return server;
}
