import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type Fixture, startFixture } from '../../../test/mcp/fixture.ts';
import { withBridges } from '../src/bridge/bridges.ts';
import { createHttpUpstream } from '../src/upstream/http.ts';
import { partsOf, serveFront } from './front-support.ts';
import { serveLegacySdk } from './support.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture?.close());

/** Everything at once: a server of both eras, an old one, and one that is not there. */
async function front(names: readonly string[] = ['fix', 'old', 'down']): Promise<URL> {
  const urls: Record<string, string> = {
    fix: fixture.url,
    twin: fixture.url,
    old: (await serveLegacySdk()).url,
    down: 'http://127.0.0.1:9/mcp',
  };
  const upstreams = names.map((name) =>
    withBridges(createHttpUpstream({ name, url: urls[name] ?? '' })),
  );
  onTestFinished(async () => void (await Promise.all(upstreams.map((one) => one.close()))));
  return new URL(`${(await serveFront(partsOf(upstreams))).url}/mcp`);
}

const OPTIONS = { requestInit: { headers: { authorization: 'Bearer one' } } };

async function old(url: URL, capabilities: object = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  onTestFinished(() => client.close());
  if ('sampling' in capabilities)
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: `said ${params.messages.length}` },
    }));
  const transport = new StreamableHTTPClientTransport(url, OPTIONS);
  await client.connect(transport);
  return client;
}

async function modern(url: URL): Promise<NewClient> {
  const client = new NewClient(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: 'auto' } },
  );
  onTestFinished(() => client.close());
  await client.connect(new NewTransport(url, OPTIONS));
  return client;
}

test('an older client: tools of all servers, one that is down takes none with it', async () => {
  const client = await old(await front());
  expect(client.getServerVersion()?.name).toBe('countersign');
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['fix__test_simple_text', 'old__echo']));
  expect(names.every((name) => /^(fix|old)__/.test(name))).toBe(true);
  const said = await client.callTool({ name: 'old__echo', arguments: { text: 'hi' } });
  expect(said.content).toEqual([{ type: 'text', text: 'hi' }]);
  for (const name of ['echo', 'down__echo', 'none__echo', '__echo'])
    await expect(client.callTool({ name, arguments: {} })).rejects.toThrow(/no server/);
});

test('prompts by name, resources by their URI, completion of either', async () => {
  const client = await old(await front());
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toContain('fix__test_simple_prompt');
  const { messages } = await client.getPrompt({ name: 'fix__test_simple_prompt' });
  expect(messages).toHaveLength(1);
  const read = await client.readResource({ uri: 'test://static-text' });
  expect(read.contents).toHaveLength(1);
  const ref = { type: 'ref/prompt', name: 'fix__test_prompt_with_arguments' } as const;
  const argument = { name: 'arg1', value: 'par' };
  expect((await client.complete({ ref, argument })).completion.values).toBeDefined();
});

test('a resource that two servers have is refused; one that none has too', async () => {
  const client = await old(await front(['fix', 'twin']));
  await expect(client.readResource({ uri: 'test://static-text' })).rejects.toThrow(/several/);
  await expect(client.readResource({ uri: 'nowhere://x' })).rejects.toThrow(/no server/);
});

test('what a server asks of the client comes to it, and the answer goes back to that server', async () => {
  const client = await old(await front(['fix', 'twin']), { sampling: {} });
  const asked = ['fix', 'twin'].map((server) =>
    client.callTool({ name: `${server}__test_sampling`, arguments: { prompt: 'x' } }),
  );
  for (const { content } of await Promise.all(asked))
    expect(JSON.stringify(content)).toContain('said 1');
});

test('a newer client: discover, list, call, and changes of every server', async () => {
  const client = await modern(await front(['fix', 'old']));
  const { tools, ...rest } = await client.listTools();
  expect(rest).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['fix__test_simple_text', 'old__echo']),
  );
  const said = await client.callTool({ name: 'old__echo', arguments: { text: 'hi' } });
  expect(said.content).toEqual([{ type: 'text', text: 'hi' }]);
  const heard = vi.fn();
  client.setNotificationHandler('notifications/tools/list_changed', heard);
  await client.listen({ toolsListChanged: true });
  fixture.notify.toolsChanged();
  await vi.waitFor(() => expect(heard).toHaveBeenCalled());
});
