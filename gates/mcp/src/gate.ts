import {
  err,
  ok,
  validateArguments,
  type ActionType,
  type Gate,
  type GateRefusal,
  type Result,
  type Understood,
} from '@countersign/core';
import { describe, headlineOf } from './describe.ts';
import { factsOf } from './facts.ts';
import type { Members } from './message.ts';
import { GATE_AUDIENCE, MCP_SERVER, TOOL_CALL } from './names.ts';
import type { Tools } from './tools.ts';

/** What the gate looks at besides a proposal. */
export type McpGateParts = {
  readonly find: Tools['find'];
  /** Servers that the gateway mounts: it alone redeems calls of theirs. Others are called by whoever asked, through the shim. */
  readonly isMounted?: (server: string) => boolean;
};

/** The action type `mcp.tool-call`. All of it is bound; the pin is the definition that was reviewed, so it is in the digest. */
export const MCP_TOOL_CALL: ActionType = {
  name: TOOL_CALL,
  version: 1,
  resource: MCP_SERVER,
  arguments: {
    tool: { type: 'string', maxLength: 256, description: 'Name of the tool' },
    pin: { type: 'string', maxLength: 80, description: 'Digest of its definition' },
    arguments: { type: 'object', description: 'What it is called with' },
  },
};

/** The gate for tools of MCP servers: what the call is comes from the accepted definition and the arguments, never from the agent's words. */
export function createMcpGate({ find, isMounted = () => false }: McpGateParts): Gate {
  return Object.freeze({
    name: 'mcp',
    types: new Set([TOOL_CALL]),
    understand: (proposal) => understand(find, isMounted, proposal),
  } satisfies Gate);
}

const refuse = (
  code: GateRefusal['code'],
  path: string,
  message: string,
): Result<never, GateRefusal> => err({ code, path, message });

function understand(
  find: Tools['find'],
  isMounted: (server: string) => boolean,
  { resource, arguments: given }: Parameters<Gate['understand']>[0],
): Result<Understood, GateRefusal> {
  if (resource.type !== MCP_SERVER)
    return refuse('unknown-resource', '$.resource.type', `must be \`${MCP_SERVER}\``);
  const valid = validateArguments(MCP_TOOL_CALL, given);
  if (!valid.ok) {
    const { path, message } = valid.error;
    return refuse('invalid-arguments', path.replace('$', '$.arguments'), message);
  }
  const { bound, presentational } = valid.value;
  const {
    tool: name,
    pin,
    arguments: args,
  } = bound as { tool: string; pin: string; arguments: Members };
  const tool = find(resource.id, name);
  if (!tool)
    return refuse(
      'invalid-arguments',
      '$.arguments.tool',
      'this server is not known to have such a tool',
    );
  // R3: people and policy look at the accepted definition, so nothing else may be called under its name
  if (tool.standing !== 'accepted' || tool.pin !== pin)
    return refuse(
      'invalid-arguments',
      '$.arguments.pin',
      'is not the accepted definition of this tool',
    );
  const understood = factsOf(tool, args, find);
  return ok({
    type: TOOL_CALL,
    schemaVersion: MCP_TOOL_CALL.version,
    resource: { type: resource.type, id: resource.id },
    bound,
    presentational,
    judgedAs: TOOL_CALL,
    facts: understood.facts,
    inspectable: understood.inspectable,
    // written only where somebody looks
    get headline() {
      return headlineOf(resource.id, understood);
    },
    get details() {
      return describe(tool, understood);
    },
    privateArguments: [],
    ...(isMounted(resource.id) ? { audience: GATE_AUDIENCE } : {}),
  });
}
