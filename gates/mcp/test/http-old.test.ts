import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { partsOf, send, serveFront } from './front-support.ts';
import { serveLegacySdk } from './support.ts';
import { cancelled } from './servers/tools.ts';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
};

async function front(): Promise<string> {
  const upstream = createHttpUpstream({ name: 'real', url: (await serveLegacySdk()).url });
  onTestFinished(() => upstream.close());
  const { url } = await serveFront(partsOf([upstream]));
  return `${url}/mcp/real`;
}

async function connect(url: string, agent = 'one'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${agent}` } },
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  return client;
}

test('a client of the older SDK: initialize, list, call, progress, cancel, end', async () => {
  const client = await connect(await front());
  expect(client.getServerVersion()).toMatchObject({ name: 'legacy' });
  expect(client.getInstructions()).toBe('be kind');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['echo', 'count', 'forever']);
  const result = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });
  expect(result.content).toEqual([{ type: 'text', text: 'hi' }]);
  const seen: number[] = [];
  await client.callTool({ name: 'count', arguments: { to: 3 } }, undefined, {
    onprogress: ({ progress }) => void seen.push(progress),
  });
  expect(seen).toEqual([1, 2, 3]);
  const cancelling = new AbortController();
  const before = cancelled.length;
  const forever = client.callTool({ name: 'forever' }, undefined, { signal: cancelling.signal });
  setTimeout(() => cancelling.abort(), 100);
  await expect(forever).rejects.toThrow();
  await vi.waitFor(() => expect(cancelled.length).toBe(before + 1));
  await (client.transport as StreamableHTTPClientTransport).terminateSession();
  await expect(client.listTools()).rejects.toThrow(/no such session/);
});
void [send, INITIALIZE];
