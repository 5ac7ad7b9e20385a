import type { IncomingHttpHeaders } from 'node:http';
import type { ProblemCode } from '@countersign/api';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses requests a browser was tricked into.
 * ATTACKER: a page of theirs may point a name of theirs at us (DNS rebinding) or send requests across origins.
 */
export function createOriginCheck(
  publicUrl: string,
): (headers: IncomingHttpHeaders) => ProblemCode | undefined {
  const { host: publicHost, origin: publicOrigin } = new URL(publicUrl);
  return ({ host = '', origin }) => {
    if (!LOOPBACK.test(host) && host.toLowerCase() !== publicHost) return 'unknown-host';
    if (origin === undefined || origin === publicOrigin || origin === `http://${host}`)
      return undefined;
    return 'foreign-origin';
  };
}
