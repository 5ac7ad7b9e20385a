/** The tool of ours that waits for an approval. Reserved: no server's tool is reached under it. */
export const WAIT_TOOL = 'countersign_wait';
/** Where results tell of an approval. */
export const APPROVAL_META = 'dev.countersign/approval';
/** The type of every call through this gate. */
export const TOOL_CALL = 'mcp.tool-call';
/** The resource type of a server. */
export const MCP_SERVER = 'McpServer';
/** Who redeems what runs on the gateway's own mounts: nobody has a credential of this name. */
export const GATE_AUDIENCE = 'gate:mcp';
