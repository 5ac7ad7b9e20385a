// the fixture of the conformance tests as a legacy program
import { randomBytes } from 'node:crypto';
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { fixtureServer } from '../../../../test/mcp/fixture-server.ts';

const codec = createRequestStateCodec<Record<string, unknown>>({ key: randomBytes(32) });
const server = fixtureServer(codec, {
  toolsChanged: () => server.sendToolListChanged(),
  promptsChanged: () => server.sendPromptListChanged(),
  resourcesChanged: () => server.sendResourceListChanged(),
  resourceUpdated: (uri) => void server.server.sendResourceUpdated({ uri }),
});
await server.connect(new StdioServerTransport());
