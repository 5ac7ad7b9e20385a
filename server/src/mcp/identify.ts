import { PROBLEMS } from '@countersign/api';
import type { Identify } from '@countersign/gate-mcp';
import type { PeerCertificate } from '@countersign/identity';
import type { Who } from '../http/who.ts';

/** Whose request it is, for the mount of an MCP server. R7: only an agent's credential opens one; no cookie counts. */
export function createIdentify({
  who,
  peerOf,
}: {
  readonly who: Who;
  /** The other end of a connection that came with a certificate. */
  readonly peerOf: (request: Parameters<Identify>[0]) => PeerCertificate | undefined;
}): Identify {
  return async (request, resource) => {
    const { authorization } = request.headers;
    const peer = peerOf(request);
    const known = await who.of({
      request: { headers: authorization === undefined ? {} : { authorization } },
      response: { setHeader: () => UNUSED },
      isFresh: false,
      resource,
      ...(peer && { peer }),
    });
    if (typeof known === 'string') return { status: PROBLEMS[known].status, code: known };
    return known.kind === 'agent' ? { agent: known.id } : { status: 403, code: 'agents-only' };
  };
}

/** No cookie is shown, so none is renewed. */
const UNUSED = undefined as never;
