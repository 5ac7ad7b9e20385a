export { createHookGate, HOOK_TOOL_USE, type ReadCommand } from './gate.ts';
export { HOST_NAMES, HOSTS, isHost, type Host } from './host.ts';
