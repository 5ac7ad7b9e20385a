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
  args: [BIN, 'mcp', '--as', 'bot', '--server', server, ...words, '--'].concat(
    process.execPath,
    join(SERVERS, file),
  ),
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
  return connected(new StdioClientTransport(shim(server, file, ...words)));
}
async function connected(transport: StdioClientTransport) {
  const client = new Client({ name: 'legacy', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}
const textIn = (result: object): unknown =>
  (result as { content: { text: string }[] }).content[0]?.text;

test('a legacy client and a legacy program: listed, called, recorded, masked', async () => {
  const client = await legacy('files', 'legacy-stdio.ts');
  expect(client.getServerVersion()).toMatchObject({ name: 'legacy' });
  expect(client.getInstructions()).toBe('be kind');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['echo', 'count', 'forever', 'countersign_wait']);
  const said = await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
  expect(said).toMatchObject({ content: [{ type: 'text', text: 'hello' }] });
  const card = await client.callTool({ name: 'echo', arguments: { text: '4111 1111 1111 1111' } });
  expect(textIn(card)).not.toContain('1111 1111');
  const progress: number[] = [];
  const counted = await client.callTool({ name: 'count', arguments: { to: 3 } }, undefined, {
    onprogress: (one) => progress.push(one.progress),
  });
  expect(textIn(counted)).toBe('3');
  // this client forgets who wants progress once the answer is there, so on a busy machine it hears none of what came with it
  expect(progress).toEqual([1, 2, 3].slice(0, progress.length));
});

test('a modern client and a modern program', async () => {
  const client = new ModernClient(
    { name: 'modern', version: '1' },
    { versionNegotiation: { mode: 'auto' } },
  );
  onTestFinished(() => client.close());
  await client.connect(new ModernTransport(shim('modern', 'modern-stdio.ts')));
  expect(client.getProtocolEra()).toBe('modern');
  const call = { name: 'echo', arguments: { text: 'x' } };
  expect(textIn(await client.callTool(call))).toBe('x');
});

test('R7: what is held waits for a person, then runs for the client that still asks', async () => {
  const client = await legacy('evil', 'evil-stdio.ts', '--hold', '1s');
  const ticket = await client.callTool({ name: 'wipe' });
  expect(textIn(ticket)).toMatch(/NOT EXECUTED/);
  const meta = (ticket as { _meta: Record<string, { id: string }> })._meta;
  const { id } = meta['dev.countersign/approval'] ?? { id: '' };
  expect(await approve(id)).toMatchObject({ code: 0 });
  const waiting = { name: 'countersign_wait', arguments: { approval_id: id } };
  expect(textIn(await client.callTool(waiting))).toBe('good');
  const shown = ['approvals', 'show', id, '--as', 'lin', '--json'];
  await until(async () => /"executed"/.test((await countersign(shown, { cwd: world.folder })).out));
});

test('R2: whatever happens to the gateway, the program or its tools, nothing runs unasked and the process stays', async () => {
  const transport = new StdioClientTransport(shim('evil', 'evil-stdio.ts'));
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const client = await connected(transport);
  const call = async (name: string) => textIn(await client.callTool({ name }));

  const environment = Object.keys(JSON.parse(String(await call('environment'))) as object);
  expect(environment).toContain('HOME');
  expect(environment.filter((name) => name.startsWith('COUNTERSIGN'))).toEqual([]);

  expect(await call('crash')).toMatch(/nobody knows|may have/i);
  expect(await call('good')).toBe('good');
  await until(() => said.includes('the program ended with code 3'));
  expect(said).toContain('started\n');

  await world.stop();
  expect(await call('good')).toMatch(/NOT EXECUTED/);
  await world.start();
  expect(await call('good')).toBe('good');

  // ATTACKER: another definition is another tool
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  expect(await names()).toContain('good');
  expect(await call('change')).toBe('changed');
  expect(await names()).not.toContain('good');
  expect(await call('good')).toMatch(/NOT EXECUTED.*changed/);
}, 30_000);

test('what is wrong with the command line is said before anything is started', async () => {
  for (const words of [
    ['--server', 'x'],
    ['--server', 'x', '--upstream', 'http://127.0.0.1:1', '--', 'true'],
    ['--server', 'x', '--upstream', 'ftp://x'],
    ['--server', 'a b', '--', 'true'],
    ['--server', 'x', '--upstream', 'http://x', '--header', 'Authorization=secret'],
    ['--server', 'x', '--as', 'nobody', '--', 'true'],
  ])
    expect(await countersign(['mcp', ...words], { cwd: world.folder })).toMatchObject({
      code: 2,
      out: '',
    });
});

async function approve(id: string) {
  const where = { cwd: world.folder };
  const { out } = await countersign(['approvals', 'show', id, '--as', 'lin', '--json'], where);
  const seen = /"seenDigest":\s*"(sha256:[0-9a-f]{64})"/.exec(out)?.[1] ?? '';
  const words = ['approvals', 'approve', id, '--as', 'lin', '--yes', '--seen', seen];
  return countersign(words, where);
}
