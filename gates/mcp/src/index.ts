export type { Admission, CallStatus, House, Run, ToolCall } from './house.ts';
export type {
  Caller,
  ClientSaid,
  Link,
  Opening,
  Reply,
  StreamEvent,
  Upstream,
  UpstreamState,
} from './link.ts';
export type {
  Era,
  Id,
  Members,
  Message,
  Notification,
  Received,
  Request,
  Response,
} from './message.ts';
export type { About, Answered, Identify, Mask, McpParts, Mounted, Sealer, Story } from './parts.ts';
export type { Standing, Tool, Tools } from './tools.ts';
export { readBody, readMessage, withId, type Body, type Unread } from './read-message.ts';
export { createSseReader, writeSse, type SseEvent, type SseReader } from './sse.ts';
export { createHttpUpstream, type HttpSettings } from './upstream/http.ts';
export { LIMITS, type Limits } from './upstream/limits.ts';
export { createStory } from './story.ts';
export { withBridges } from './bridge/bridges.ts';
export { TIMES, type Times } from './hold/times.ts';
export { paramHeaders, paramHeadersOf, type ParamHeader } from './param-headers.ts';
export { GATE_AUDIENCE, MCP_SERVER, TOOL_CALL, WAIT_TOOL } from './names.ts';
export { createMcpGate, MCP_TOOL_CALL, type McpGateParts } from './gate.ts';
export { factsOf, hintsOf, type CallFacts } from './facts.ts';
export { createHttpFront, type HttpFront, type HttpFrontParts } from './front/http.ts';
export { METADATA_PATH } from './auth.ts';
export { createStdioUpstream, type StdioSettings } from './upstream/stdio.ts';
export type { ChildLimits } from './upstream/children.ts';
export type { Program } from './upstream/child.ts';
export { createStdioFront, type StdioFront, type StdioFrontParts } from './front/stdio.ts';
export { serveOne, type Served, type Way } from './front/served.ts';
export { createSealer } from './sealer.ts';
export { createMask } from './value-mask.ts';
