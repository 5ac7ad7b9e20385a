import { setTimeout as wait } from 'node:timers/promises';
import type {
  CallToolResult,
  InputRequiredResult,
  ServerContext,
  ServerNotifier,
} from '@modelcontextprotocol/server';

type Result = CallToolResult | InputRequiredResult;

/** A tool of the fixture. Its schema is plain JSON Schema, so that it is listed exactly as it stands here. */
export type FixtureTool = {
  readonly description: string;
  readonly properties?: object;
  readonly schema?: object;
  readonly run: (args: Record<string, unknown>, context: ServerContext) => Result | Promise<Result>;
};

/** A dot. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** Silence. */
const WAVE = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

export const text = (words: string): CallToolResult => ({
  content: [{ type: 'text', text: words }],
});

const embedded = (uri: string, mimeType: string, words: string) =>
  ({ type: 'resource', resource: { uri, mimeType, text: words } }) as const;

const log = ({ mcpReq }: ServerContext, data: string): Promise<void> =>
  mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });

async function progress({ mcpReq }: ServerContext): Promise<CallToolResult> {
  // oxlint-disable-next-line no-underscore-dangle -- the protocol's name
  const progressToken = mcpReq._meta?.progressToken;
  for (const done of progressToken === undefined ? [] : [0, 50, 100]) {
    await mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken, progress: done, total: 100, message: `${done} of 100` },
    });
    await wait(done < 100 ? 50 : 0);
  }
  return text(String(progressToken ?? 'nobody asked for progress'));
}

/** JSON Schema of 2020-12 with what clients and gateways like to lose. */
const RICH_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

/** Tools that ask nothing back. */
export const tools = (notifier: ServerNotifier): Readonly<Record<string, FixtureTool>> => ({
  test_simple_text: {
    description: 'Answers a sentence',
    run: () => text('This is a simple text response for testing.'),
  },
  test_image_content: {
    description: 'Answers a picture',
    run: () => ({ content: [{ type: 'image', data: PIXEL, mimeType: 'image/png' }] }),
  },
  test_audio_content: {
    description: 'Answers a sound',
    run: () => ({ content: [{ type: 'audio', data: WAVE, mimeType: 'audio/wav' }] }),
  },
  test_embedded_resource: {
    description: 'Answers a resource',
    run: () => ({
      content: [
        embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
      ],
    }),
  },
  test_multiple_content_types: {
    description: 'Answers text, picture and resource together',
    run: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        { type: 'image', data: PIXEL, mimeType: 'image/png' },
        embedded(
          'test://mixed-content-resource',
          'application/json',
          '{"test":"data","value":123}',
        ),
      ],
    }),
  },
  test_tool_with_logging: {
    description: 'Logs while it works',
    run: async (_, context) => {
      await log(context, 'Tool execution started');
      await wait(50);
      await log(context, 'Tool processing data');
      await wait(50);
      await log(context, 'Tool execution completed');
      return text('Tool with logging executed successfully');
    },
  },
  test_logging_tool: {
    description: 'Logs only to those who want it',
    run: async (_, { mcpReq }) => {
      await mcpReq.log('info', 'for whom it may concern');
      return text('logged');
    },
  },
  test_tool_with_progress: { description: 'Tells how far it is', run: (_, at) => progress(at) },
  test_error_handling: {
    description: 'Fails',
    run: () => {
      throw new Error('This tool intentionally returns an error for testing');
    },
  },
  test_reconnection: {
    description: 'Closes the stream in the middle of the call',
    run: async (_, { http }) => {
      http?.closeSSE?.();
      await wait(100);
      return text('Whoever reads this came back.');
    },
  },
  test_streaming_elicitation: {
    description: 'Streams nothing but its result',
    run: () => text('no request was on this stream'),
  },
  test_x_mcp_header: {
    description: 'Wants an argument in a header too',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      level: { type: 'integer' },
    },
    run: ({ region }) => text(`region=${String(region)}`),
  },
  json_schema_2020_12_tool: {
    description: 'Has a rich schema',
    schema: RICH_SCHEMA,
    run: (args) => text(JSON.stringify(args)),
  },
  test_trigger_tool_change: {
    description: 'Says that the tools changed',
    run: () => {
      notifier.toolsChanged();
      return text('told');
    },
  },
  test_trigger_prompt_change: {
    description: 'Says that the prompts changed',
    run: () => {
      notifier.promptsChanged();
      return text('told');
    },
  },
});
