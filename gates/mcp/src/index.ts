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
