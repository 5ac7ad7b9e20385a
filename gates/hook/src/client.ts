export { claudeCode } from './hosts/claude-code.ts';
export { DIALECTS } from './hosts/dialects.ts';
export {
  denial,
  isMembers,
  type Answer,
  type Dialect,
  type HookEvent,
  type Verdict,
} from './event.ts';
export { HOST_NAMES, HOSTS, isHost, type Host } from './host.ts';
export { createMemory, type Deferred, type Memory, type Spooled } from './memory.ts';
export { CANARY } from './tools.ts';
export { decide, type HookClient, type HookParts, type HookStatus } from './story.ts';
export { noteResult, type AfterParts } from './after.ts';
