import type { Released } from '@countersign/core';
import {
  GATE_AUDIENCE,
  TOOL_CALL,
  MCP_SERVER,
  type CallStatus,
  type House,
  type Members,
  type Run,
  type ToolCall,
} from '@countersign/gate-mcp';
import { createGateHouse, type GateHouse, type HouseParts } from '../house.ts';

/** The house of the MCP gate. */
export function createHouse(parts: HouseParts): House & Pick<GateHouse<Run, CallStatus>, 'told'> {
  const house = createGateHouse<Run, CallStatus>(parts, {
    type: TOOL_CALL,
    audience: GATE_AUDIENCE,
    runOf,
    toldOf: (status) => ({ ...status, server: status.resource.id }),
  });
  return {
    told: house.told,
    admit: (call) => house.admit(proposalOf(call)),
    wait: house.wait,
    redeem: house.redeem,
    byApproval: house.byApproval,
  };
}

function runOf({ actionId, resource, arguments: stored }: Released, report: Run['report']): Run {
  const { tool, pin, arguments: args } = stored as { tool: string; pin: string } & Members;
  return { actionId, server: resource.id, tool, pin, arguments: args as Members, report };
}

const proposalOf = ({ agent, server, tool, pin, arguments: args, session }: ToolCall) => ({
  agent,
  type: TOOL_CALL,
  resource: { type: MCP_SERVER, id: server },
  arguments: { tool, pin, arguments: args },
  rejoins: true,
  ...(session === undefined ? {} : { session: { id: session } }),
});
