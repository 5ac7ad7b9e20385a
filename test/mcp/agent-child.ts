// What the suites start as a client: an agent with an SDK, which reaches the suite's server through the gateway only.
// Arguments: legacy | modern, the gateway's mount, the agent's token, where the suite's server is told, and the suite's server.
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [, , era, mount = '', token = '', told = '', server = ''] = process.argv;
await fetch(`${told}/to`, { method: 'POST', body: server });

const me = { name: 'agent', version: '1.0.0' };
const requestInit = { headers: { authorization: `Bearer ${token}` } };

type Called = {
  readonly listTools: () => Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  readonly callTool: (call: {
    name: string;
    arguments: Record<string, unknown>;
  }) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

async function connected(): Promise<Called> {
  if (era === 'modern') {
    const client = new ModernClient(me, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new ModernTransport(new URL(mount), { requestInit }));
    return client;
  }
  const client = new LegacyClient(me);
  const transport = new LegacyTransport(new URL(mount), { requestInit });
  await client.connect(transport);
  return client;
}

const client = await connected();
const { tools } = await client.listTools();
if (tools.some(({ name }) => name === 'add_numbers'))
  await client.callTool({ name: 'add_numbers', arguments: { a: 5, b: 3 } });
await client.close();
process.exit(0);
