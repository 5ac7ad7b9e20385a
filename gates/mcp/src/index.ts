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
