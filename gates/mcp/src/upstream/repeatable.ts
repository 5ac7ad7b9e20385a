const REPEATABLE: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'logging/setLevel',
]);

/** Whether a request does no harm when a server hears it twice. A `tools/call` never is (R4). */
export const isRepeatable = (method: string): boolean => REPEATABLE.has(method);
