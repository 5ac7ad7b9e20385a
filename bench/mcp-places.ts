import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, makeBench, startGateway, stopGateway } from './gateway.ts';
import { openMcpWire, type Place } from './mcp-wire.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const UPSTREAM = join(ROOT, 'bench/mcp-upstream.ts');
const path = '/mcp';

/** A place and how to end it. */
export type Started = Place & { readonly stop: () => Promise<void> };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(late);
}

/** The raw server over HTTP. */
export async function startUpstream(): Promise<Started> {
  const child = spawn(process.execPath, [UPSTREAM, 'http'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((told) =>
    child.stdout.once('data', (line: Buffer) => told(Number(line.toString()))),
  );
  return { port, path, stop: () => end(child) };
}

async function untilOpen(place: Place): Promise<void> {
  for (let tries = 0; ; tries++) {
    const wire = await openMcpWire(place).catch(() => undefined);
    if (wire) return wire.close();
    if (tries > 100) throw new Error(`nothing speaks MCP at ${place.port}`);
    await new Promise((later) => setTimeout(later, 100));
  }
}

/** A proxy as its authors start it, in front of the raw server over stdio: neither takes one over HTTP. */
export async function startProxy(name: 'mcp-proxy' | 'supergateway'): Promise<Started> {
  const port = await freePort();
  const stdio = [process.execPath, UPSTREAM, 'stdio'];
  const args =
    name === 'mcp-proxy'
      ? ['dist/bin/mcp-proxy.mjs', '--port', String(port), '--host', '127.0.0.1', '--', ...stdio]
      : [
          'dist/index.js',
          '--stdio',
          stdio.join(' '),
          '--outputTransport',
          'streamableHttp',
          '--stateful',
          '--port',
          String(port),
          '--logLevel',
          'none',
        ];
  const [file = '', ...rest] = args;
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', name, file), ...rest], {
    stdio: 'ignore',
    cwd: tmpdir(),
  });
  const place = { port, path };
  await untilOpen(place);
  return { ...place, stop: () => end(child) };
}

/** The gateway in front of the raw server over HTTP, every call judged and recorded, masking on. */
export async function startCountersign(
  upstream: Place,
): Promise<Started & { readonly bench: Bench; readonly pid: number }> {
  const bench = makeBench();
  appendFileSync(
    join(bench.folder, 'countersign.yaml'),
    `mcp:\n  servers:\n    - { name: bench, url: 'http://127.0.0.1:${upstream.port}${upstream.path}', attrs: { env: { entity: Env, id: prod }, vendor: bench } }\n`,
  );
  writeFileSync(join(bench.folder, 'policies/bench.cedar'), PERMIT);
  writeFileSync(join(bench.folder, 'policies/bench.review.cedar'), REVIEW);
  const { child } = await startGateway(bench);
  return {
    bench,
    pid: child.pid ?? 0,
    port: bench.port,
    path: '/mcp/bench',
    token: bench.agentToken,
    stop: () => stopGateway(child, bench),
  };
}

const PERMIT = `@id("bench-tools")
@reason("Measured")
permit (principal is Countersign::Agent, action == Countersign::Action::"mcp.tool-call", resource == Countersign::McpServer::"bench")
when { [Countersign::Inspectable::"full", Countersign::Inspectable::"partial"].contains(context.base.inspectable) };
`;

const REVIEW = `@id("bench-held")
@review("Measured")
@approvers("data-owners") @quorum("1") @expires("30m")
forbid (principal, action == Countersign::Action::"mcp.tool-call", resource == Countersign::McpServer::"bench")
when { context.tool == "held" };
`;
