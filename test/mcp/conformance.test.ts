import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, test } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';
import { type Gateway, openGateway } from './gateway.ts';
import { conformance, run, runSuite, SUITES, type SuiteName } from './suite.ts';
import { startSwitchboard, type Switchboard } from './switchboard.ts';
import { withToken } from './with-token.ts';

const names = Object.keys(SUITES) as SuiteName[];

let fixture: Fixture, old: Fixture, fresh: Fixture;
const SLOW = { timeout: 240_000 };
const AGENT = join(import.meta.dirname, 'agent-child.ts');
const mountFor = (era: string, scenario: string): string => `${era}-${scenario.replace('_', '-')}`;

let gateway: Gateway;
let board: Switchboard;
const doors = new Map<string, Awaited<ReturnType<typeof withToken>>>();
beforeAll(async () => {
  [fixture, old, fresh, board] = await Promise.all([
    startFixture(),
    startFixture({ eras: ['legacy'] }),
    startFixture({ eras: ['modern'] }),
    startSwitchboard(),
  ]);
  const servers = { fixture: fixture.url, old: old.url, new: fresh.url };
  const later = CLIENTS.map(({ era, scenario }) => mountFor(era, scenario));
  gateway = await openGateway({
    ...servers,
    ...Object.fromEntries(later.map((name) => [name, board.urlOf(name)])),
  });
  for (const name of Object.keys(servers))
    doors.set(name, await withToken(gateway.mountOf(name), gateway.tokens.bot));
}, 60_000);
afterAll(async () => {
  for (const door of doors.values()) door.close();
  board?.close();
  await gateway?.[Symbol.asyncDispose]();
  await Promise.all([fixture, old, fresh].map((one) => one?.close()));
});

const direct = () => fixture.url;
const through = (name: string) => () => doors.get(name)?.url ?? '';

/** What no bridge can give: a server of the older protocol does not name what it asks, and says in its own words what it lacks. */
const LOST_TO_AGE = [
  'input-required-result-basic-elicitation',
  'input-required-result-capability-check',
  'server-stateless',
];

const PLACES: Readonly<
  Record<
    string,
    {
      readonly at: () => string;
      readonly suites: readonly SuiteName[];
      readonly lost?: readonly string[];
    }
  >
> = {
  'the fixture itself, so that what is lost is the gateway’s,': { at: direct, suites: names },
  'the gateway in front of it, all allowed, recorded and masked,': {
    at: through('fixture'),
    suites: names,
  },
  'a modern server behind the gateway': { at: through('new'), suites: names.slice(0, 2) },
  'a legacy server behind the gateway': {
    at: through('old'),
    suites: names.slice(2),
    lost: LOST_TO_AGE,
  },
};
const runs = Object.entries(PLACES).flatMap(([place, how]) =>
  how.suites.map((name) => ({ place, name, lost: [], ...how })),
);

test.concurrent.for(runs)('$place passes $name', SLOW, async ({ name, at, lost }, { expect }) => {
  const { passed, failed } = await runSuite(name, at());
  expect(failed.toSorted()).toEqual(lost);
  expect(passed).toHaveLength(SUITES[name].count - lost.length);
});

const CLIENTS = ['legacy', 'modern'].flatMap((era) =>
  ['initialize', 'tools_call'].map((scenario) => ({ era, scenario })),
);

test.concurrent.for(CLIENTS)(
  'the suite’s own server is spoken to as it wants, for a $era client: $scenario',
  SLOW,
  async ({ era, scenario }, { expect }) => {
    const name = mountFor(era, scenario);
    const { tokens, mountOf } = gateway;
    const command = [process.execPath, AGENT, era, mountOf(name), tokens.bot, board.urlOf(name)];
    const args = ['client', '--command', command.join(' '), '--scenario', scenario];
    const { output } = await run([conformance('mcp-conformance-2'), ...args]);
    expect(output).toMatch(/^Passed: (\d+)\/\1, 0 failed, 0 warnings$/m);
  },
);

test('R9: a legacy agent’s argument reaches the header a modern server wants it in; private values in the answer are masked', async ({
  expect,
}) => {
  const client = new Client({ name: 'legacy', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(through('new')())));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('test_x_mcp_header');
  const call = { name: 'test_x_mcp_header', arguments: { region: 'ada@example.com' } };
  const { content } = await client.callTool(call);
  expect(JSON.stringify(content)).toMatch(/region=.*pii.email/);
  expect(JSON.stringify(content)).not.toContain('ada@');
  await client.close();
});
