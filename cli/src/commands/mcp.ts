import { isDataClasses, likelyClass, type DataClasses } from '@countersign/core';
import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import {
  createMask,
  createSealer,
  createStdioFront,
  createStory,
  serveOne,
  type McpParts,
  type Mounted,
} from '@countersign/gate-mcp';
import { createClient, createTransport } from '@countersign/sdk';
import { Usage, type Call, type Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import type { Io } from '../io.ts';
import { createRemoteHouse } from '../mcp/house.ts';
import { createRemoteTools } from '../mcp/tools.ts';
import { serverNameOf, upstreamOf } from '../mcp/upstream.ts';
import { plain } from '../text.ts';
import { durationOf } from './act.ts';

const MAX_BYTES = 16 * 1024 * 1024;
/** The shim works with one credential; whose it is, the gateway knows. */
const AGENT = 'own';

/**
 * Stands in front of one MCP server for one client: every call is proposed to the gateway and runs only when released. Standard
 * output is the protocol and nothing else.
 */
export const mcp: Run = async (call) => {
  const { io } = call;
  const name = serverNameOf(call);
  const identity = identityOf(call, 'agent');
  const say = (line: string): void => io.err(`countersign: ${plain(line)}\n`);
  const house = createRemoteHouse(createClient(identity), say);
  const tools = createRemoteTools(createTransport(identity), say);
  const mounted = mountedOf(call, name, say);
  const shared = { house, tools };
  const story = createStory(partsOf(mounted, shared, identity.url));
  const front = createStdioFront({
    served: serveOne(mounted, { tools, story }),
    agent: AGENT,
    input: Readable.from(io.stdin),
    output: outputOf(io),
    maxLine: MAX_BYTES,
  });
  let exitCode = 0;
  const stopListening = io.onInterrupt((code) => {
    exitCode = code;
    io.stdin.pause();
    void front.close();
  });
  await front.done;
  stopListening();
  await mounted.upstream.close();
  story.close();
  tools.close();
  await house.settled();
  return exitCode;
};

function mountedOf(call: Call, name: string, say: (line: string) => void): Mounted {
  const holdMs = durationOf(call, 'hold');
  return {
    name,
    upstream: upstreamOf(call, name, (what, text) =>
      what === 'stderr' ? call.io.err(`${plain(text)}\n`) : say(`\`${name}\`: ${text}`),
    ),
    mask: createMask(randomBytes(32), call.list('unmasked').map(classesOf)),
    maxResultBytes: MAX_BYTES,
    ...(holdMs === undefined ? {} : { holdMs }),
  };
}

function classesOf(text: string): DataClasses {
  if (isDataClasses(text)) return text;
  const likely = likelyClass(text);
  throw new Usage(
    `\`${text}\` is not a data class${likely ? `; did you mean \`${likely}\`?` : ', such as pii.email or pii'}`,
  );
}

const partsOf = (
  mounted: Mounted,
  shared: Pick<McpParts, 'house' | 'tools'>,
  url: string,
): McpParts => ({
  ...shared,
  servers: new Map([[mounted.name, mounted]]),
  callable: async (_agent, _server, tools) => new Set(tools.map(({ name }) => name)),
  mayAsk: () => true,
  sealer: createSealer(randomBytes(32)),
  urlOf: (approvalId) => `${url}/a/${approvalId}`,
  now: Date.now,
  log: () => {},
});

const outputOf = (io: Io): Writable =>
  new Writable({
    write: (chunk: Buffer, _, done) => {
      io.out(chunk);
      done();
    },
  });
