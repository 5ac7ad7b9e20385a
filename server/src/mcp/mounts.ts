import type { IncomingMessage } from 'node:http';
import { METADATA_PATH, type HttpFront } from '@countersign/gate-mcp';
import type { PeerCertificate } from '@countersign/identity';
import type { Mount, Visit } from '../http/mounts.ts';
import { refuse } from '../http/refuse.ts';
import { SECURITY_HEADERS } from '../http/send.ts';

/** Who is at the other end of requests that came by the listener for agents. */
export type Peers = WeakMap<IncomingMessage, PeerCertificate>;

/** Where agents reach MCP servers, and where their clients read how. */
export function mcpMounts(front: Pick<HttpFront, 'handle'>, peers: Peers): readonly Mount[] {
  const handle = async (visit: Visit): ReturnType<Mount['handle']> => {
    const { request, response, path, requestId, peer } = visit;
    if (peer) peers.set(request, peer);
    const headers = [...SECURITY_HEADERS, 'x-request-id', requestId];
    const isThere = await front.handle(request, response, { path, headers });
    return isThere ? 'taken' : refuse(visit, 'no-such-route');
  };
  return [
    { id: 'mcp', prefix: '/mcp', handle, isForAgents: true },
    { id: 'mcp-metadata', prefix: METADATA_PATH, handle, isForAgents: true },
  ];
}
