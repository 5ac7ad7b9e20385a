import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PeerCertificate } from '@countersign/identity';
import { isLoopbackPeer } from '../loopback.ts';
import type { Reply } from './exchange.ts';
import { createOriginCheck } from './origin.ts';
import { refuse } from './refuse.ts';

/** A request below a prefix that is not a route: another protocol, with rules of its own about bodies and credentials. */
export type Visit = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Without what stands after `?`. */
  readonly path: string;
  /** The other end, where it came by the listener for agents. */
  readonly peer?: PeerCertificate;
};

/** What answers below a prefix. No cookie and no token of the routes counts there. */
export type Mount = {
  /** In log and metrics. */
  readonly id: string;
  readonly prefix: string;
  readonly handle: (visit: Visit) => Promise<Reply>;
  /** It is on the listener for agents as well. */
  readonly isForAgents?: boolean;
};

/** Finds the mount of a path. Where a browser was tricked into sending the request, the answer is a refusal. */
export function createMounts(
  mounts: readonly Mount[],
  publicUrl: string,
): (path: string) => Mount | undefined {
  const strange = createOriginCheck(publicUrl);
  const checked = mounts.map((mount): Mount => ({
    ...mount,
    handle: async (visit) => {
      const { headers, socket } = visit.request;
      // where certificates are asked for no page of ours is: a browser that comes was tricked into it
      if (visit.peer)
        return headers.origin === undefined ? mount.handle(visit) : refuse(visit, 'foreign-origin');
      const isLocal = isLoopbackPeer(socket.remoteAddress);
      const wrong = strange({ headers, isLocal, isProbe: false });
      return wrong ? refuse(visit, wrong) : mount.handle(visit);
    },
  }));
  return (path) => checked.find(({ prefix }) => path.startsWith(prefix));
}
