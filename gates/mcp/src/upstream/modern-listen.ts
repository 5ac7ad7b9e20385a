import type { Caller, Link, ServerSaid } from '../link.ts';
import type { Members } from '../message.ts';
import { isMembers } from '../read-message.ts';

/** Listens to what a modern server tells outside of requests: a request of its own, which lasts. */
export async function listenModern(
  request: Link['request'],
  server: ServerSaid,
  caller: Caller,
): Promise<'ended' | 'unsupported'> {
  caller.hold();
  const params = { notifications: wanted(server.capabilities) };
  const id = `listen-${caller.agent}`;
  const reply = await request(
    { jsonrpc: '2.0', id, method: 'subscriptions/listen', params },
    caller,
  );
  const isRefused = reply.is === 'answered' && 'error' in reply.response.message;
  return isRefused ? 'unsupported' : 'ended';
}

/** Changes of lists, as far as the server tells of them. */
function wanted(capabilities: Members): Members {
  const changes = (name: string): boolean => {
    const one = capabilities[name];
    return isMembers(one) && one['listChanged'] === true;
  };
  return {
    ...(changes('tools') ? { toolsListChanged: true } : {}),
    ...(changes('prompts') ? { promptsListChanged: true } : {}),
    ...(changes('resources') ? { resourcesListChanged: true } : {}),
  };
}
