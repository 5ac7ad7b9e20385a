import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { countersign, until } from './terminal.ts';
import { openWorld, type World } from './world.ts';

const BIN = fileURLToPath(new URL('../bin/countersign.js', import.meta.url));
const SERVERS = fileURLToPath(new URL('../../gates/mcp/test/servers', import.meta.url));
const SERVER = '{ env: { entity: Env, id: dev }, vendor: us }';

let world: World;
beforeAll(async () => {
  world = await openWorld(
    `  - { type: McpServer, id: files, attrs: ${SERVER} }
  - { type: McpServer, id: modern, attrs: ${SERVER} }
  - { type: McpServer, id: evil, attrs: ${SERVER} }
access: { administrators: [data-owners] }
`,
    `@id("test-may-call")
@reason("It may")
permit (principal, action == Countersign::Action::"mcp.tool-call", resource is Countersign::McpServer)
when { context.base.inspectable != Countersign::Inspectable::"none" };
`,
  );
});
afterAll(() => world.remove());

const shim = (server: string, file: string, ...words: string[]) => ({
  command: process.execPath,
  args: [
    ...[BIN, 'mcp', '--as', 'bot', '--server', server, ...words, '--'],
    ...[process.execPath, join(SERVERS, file)],
  ],
  cwd: world.folder,
  env: {
    PATH: process.env['PATH'] ?? '',
    HOME: world.folder,
    NODE_NO_WARNINGS: '1',
    COUNTERSIGN_NOTE: 'ours',
  },
  stderr: 'pipe' as const,
});
async function legacy(server: string, file: string, ...words: string[]) {
  const transport = new StdioClientTransport(shim(server, file, ...words));
  const client = new Client({ name: 'legacy', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return client;
}
const textIn = (result: object): unknown =>
  (result as { content: { text: string }[] }).content[0]?.text;

test('a legacy client and a legacy program: listed, called, recorded, masked', async () => {
  const client = await legacy('files', 'legacy-stdio.ts');
  expect(client.getServerVersion()).toMatchObject({ name: 'legacy' });
  expect(client.getInstructions()).toBe('be kind');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    'echo',
    'count',
    'forever',
    'wipe',
    'countersign_wait',
  ]);
  const said = await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
  expect(said).toMatchObject({ content: [{ type: 'text', text: 'hello' }] });
  const card = await client.callTool({ name: 'echo', arguments: { text: '4111 1111 1111 1111' } });
  expect(textIn(card)).not.toContain('1111 1111');
  const progress: number[] = [];
  const counted = await client.callTool({ name: 'count', arguments: { to: 3 } }, undefined, {
    onprogress: (one) => progress.push(one.progress),
  });
  expect(textIn(counted)).toBe('3');
  expect(progress).toEqual([1, 2, 3]);
  const { out } = await countersign(['actions', 'list', '--as', 'dana', '--json'], {
    cwd: world.folder,
  });
  expect(out.match(/"executed"/g)?.length).toBeGreaterThanOrEqual(3);
});

test('a modern client and a modern program; each client with the program of the other era', async () => {
  const modern = async (server: string, file: string) => {
    const client = new ModernClient(
      { name: 'modern', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    onTestFinished(() => client.close());
    await client.connect(new ModernTransport(shim(server, file)));
    return client;
  };
  const [one, two, three] = await Promise.all([
    modern('modern', 'modern-stdio.ts'),
    modern('files', 'legacy-stdio.ts'),
    legacy('modern', 'modern-stdio.ts'),
  ]);
  const call = { name: 'echo', arguments: { text: 'x' } };
  expect([
    await one.callTool(call).then(textIn),
    await two.callTool(call).then(textIn),
    await three.callTool(call).then(textIn),
  ]).toEqual(['x', 'x', 'x']);
  expect(one.getProtocolEra()).toBe('modern');
});

test('R7: a held call waits for a person; the yes of one releases it to the client that still waits', async () => {
  const client = await legacy('files', 'legacy-stdio.ts');
  const call = { name: 'wipe', arguments: { text: 'please' } };
  const calling = client.callTool(call);
  const approval = await waiting();
  const ended = await approve(approval);
  expect(ended).toMatchObject({ code: 0 });
  expect(textIn(await calling)).toBe('please');
});

test('a call that may not be held any longer gets a ticket; nothing ran, and countersign_wait brings the result', async () => {
  const client = await legacy('files', 'legacy-stdio.ts', '--hold', '1s');
  const call = { name: 'wipe', arguments: { text: 'later' } };
  const ticket = await client.callTool(call);
  expect(textIn(ticket)).toMatch(/NOT EXECUTED/);
  const { id } =
    (ticket as { _meta: Record<string, { id: string }> })._meta['dev.countersign/approval'] ?? {};
  await approve(id ?? '');
  const result = await client.callTool({
    name: 'countersign_wait',
    arguments: { approval_id: id },
  });
  expect(textIn(result)).toBe('later');
});

test('R2: without the gateway no call runs, the process stays, and calls run again when it is back', async () => {
  const client = await legacy('files', 'legacy-stdio.ts');
  await client.listTools();
  await world.stop();
  const refused = await client.callTool({ name: 'echo', arguments: { text: 'no' } }, undefined, {
    timeout: 60_000,
  });
  expect(refused).toMatchObject({ isError: true });
  expect(textIn(refused)).toMatch(/NOT EXECUTED/);
  await world.start();
  expect(textIn(await client.callTool({ name: 'echo', arguments: { text: 'yes' } }))).toBe('yes');
}, 60_000);

test('what the program says goes to standard error; nothing of ours is in its environment; a crash is survived', async () => {
  const transport = new StdioClientTransport(shim('evil', 'evil-stdio.ts'));
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const client = new Client({ name: 'legacy', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport as Parameters<Client['connect']>[0]);
  const environment = JSON.parse(
    String(textIn(await client.callTool({ name: 'environment' }))),
  ) as object;
  expect(Object.keys(environment)).toContain('HOME');
  expect(Object.keys(environment).filter((name) => name.startsWith('COUNTERSIGN'))).toEqual([]);
  expect(await client.callTool({ name: 'crash' })).toMatchObject({ isError: true });
  expect(textIn(await client.callTool({ name: 'good' }))).toBe('good');
  await until(() => said.includes('the program ended with code 3'));
  expect(said).toContain('started\n');
});

test('ATTACKER: tools whose descriptions change are neither listed nor called until people accept them', async () => {
  const transport = new StdioClientTransport(shim('evil', 'evil-stdio.ts'));
  const client = new Client({ name: 'legacy', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport as Parameters<Client['connect']>[0]);
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  expect(await names()).toContain('good');
  expect(textIn(await client.callTool({ name: 'change' }))).toBe('changed');
  expect(await names()).not.toContain('good');
  expect(textIn(await client.callTool({ name: 'good' }))).toMatch(/NOT EXECUTED.*changed/);
});

async function waiting(): Promise<string> {
  let found = '';
  await until(async () => {
    const { out } = await countersign(['approvals', 'list', '--as', 'lin', '--json'], {
      cwd: world.folder,
    });
    found = /"(apr_\w+)"/.exec(out)?.[1] ?? '';
    return found !== '';
  });
  return found;
}

async function approve(id: string) {
  const where = { cwd: world.folder };
  const { out } = await countersign(['approvals', 'show', id, '--as', 'lin', '--json'], where);
  const seen = /"seenDigest":\s*"(sha256:[0-9a-f]{64})"/.exec(out)?.[1] ?? '';
  const words = ['approvals', 'approve', id, '--as', 'lin', '--yes', '--seen', seen];
  return countersign(words, where);
}
