import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorld, start, stop, type World } from '../e2e/world.ts';

export type Gateway = World & {
  /** Where a server is mounted. */
  readonly mountOf: (name: string) => string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** Every call is allowed, and recorded; what comes back is masked. */
const ALLOWED = `@id("test-tools")
@reason("A server to test with")
permit (principal is Countersign::Agent, action == Countersign::Action::"mcp.tool-call", resource is Countersign::McpServer)
when { context.base.inspectable != Countersign::Inspectable::"none" };
`;

/** Starts `countersign serve` in front of servers. */
export async function openGateway(
  servers: Readonly<Record<string, string>>,
  policy: string = ALLOWED,
): Promise<Gateway> {
  const entries = Object.entries(servers).map(
    ([name, url]) =>
      `    - { name: ${name}, url: '${url}', attrs: { env: { entity: Env, id: prod }, vendor: test } }`,
  );
  const world = await makeWorld(
    'execution_timeout: 15m',
    ['mcp:', '  servers:', ...entries, ''].join('\n'),
  );
  const policies = join(world.folder, 'policies');
  rmSync(join(policies, 'tools.review.cedar'));
  writeFileSync(join(policies, 'mcp-test.cedar'), policy);
  const running = await start(world);
  if (running.child.exitCode !== null) throw new Error(running.said());
  return {
    ...world,
    mountOf: (name) => `${world.url}/mcp/${name}`,
    [Symbol.asyncDispose]: async () => {
      await stop(running);
      rmSync(world.folder, { recursive: true, force: true });
    },
  };
}
