import { MCP_SERVER } from '@countersign/gate-mcp';
import type { Config, ResourceEntry } from '../config/config.ts';

/** Everything that is acted on: what is listed, and the MCP servers that are mounted. */
export const resourcesOf = ({ resources, mcp }: Config): readonly ResourceEntry[] => [
  ...resources,
  ...mcp.servers.map(({ name, attrs }): ResourceEntry => ({
    type: MCP_SERVER,
    id: name,
    attrs,
    parents: [],
    tables: {},
    lists: {},
  })),
];
