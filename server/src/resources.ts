import { MCP_SERVER } from '@countersign/gate-mcp';
import type { Config, ResourceEntry } from './config/config.ts';

/** Type in policy of what `postgres.databases` names. */
export const DATABASE = 'Database';

/** Everything that is acted on: what is listed, and the MCP servers and databases that are mounted. */
export const resourcesOf = ({ resources, mcp, postgres }: Config): readonly ResourceEntry[] => [
  ...resources,
  ...mcp.servers.map(({ name, attrs }) => mounted(MCP_SERVER, name, attrs)),
  // one that is listed as well says everything there
  ...postgres.databases
    .filter(({ name }) => !resources.some(({ type, id }) => type === DATABASE && id === name))
    .map(({ name, attrs }) => mounted(DATABASE, name, attrs)),
];

const mounted = (type: string, id: string, attrs: ResourceEntry['attrs']): ResourceEntry => ({
  type,
  id,
  attrs,
  parents: [],
  tables: {},
  lists: {},
});
