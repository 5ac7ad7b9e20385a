import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as ModernServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** What a tool says of itself that only looks. */
const HARMLESS = { readOnlyHint: true, destructiveHint: false } as const;

/** The tools every real server of these tests has. */
export function sdkServer(): McpServer {
  const server = new McpServer({ name: 'legacy', version: '1.0.0' }, { instructions: 'be kind' });
  server.registerTool(
    'echo',
    { annotations: HARMLESS, inputSchema: { text: z.string() } },
    ({ text }) => ({
      content: [{ type: 'text', text }],
    }),
  );
  server.registerTool(
    'count',
    { annotations: HARMLESS, inputSchema: { to: z.number() } },
    async ({ to }, extra) => {
      const progressToken = extra._meta?.progressToken;
      for (let progress = 1; progress <= to; progress++)
        if (progressToken !== undefined)
          await extra.sendNotification({
            method: 'notifications/progress',
            params: { progressToken, progress, total: to },
          });
      return { content: [{ type: 'text', text: `${to}` }] };
    },
  );
  server.registerTool(
    'forever',
    {},
    (extra) =>
      new Promise((done) => {
        extra.signal.addEventListener('abort', () => {
          cancelled.push(String(extra.requestId));
          done({ content: [] });
        });
      }),
  );
  return server;
}

/** Ids of calls of `forever` that were cancelled. */
export const cancelled: string[] = [];

/** The same tools in the modern SDK. */
export function modernServer(): ModernServer {
  const server = new ModernServer(
    { name: 'modern', version: '2.0.0' },
    { instructions: 'be brief' },
  );
  server.registerTool(
    'echo',
    {
      annotations: HARMLESS,
      inputSchema: z.object({ text: z.string().meta({ 'x-mcp-header': 'Text' }) }),
    },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  server.registerTool(
    'count',
    { annotations: HARMLESS, inputSchema: z.object({ to: z.number() }) },
    async ({ to }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (let progress = 1; progress <= to; progress++)
        if (progressToken !== undefined)
          await mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: to },
          });
      return { content: [{ type: 'text', text: `${to}` }] };
    },
  );
  server.registerTool(
    'forever',
    {},
    ({ mcpReq }) =>
      new Promise((done) => {
        mcpReq.signal.addEventListener('abort', () => {
          cancelled.push(String(mcpReq.id));
          done({ content: [] });
        });
      }),
  );
  return server;
}
