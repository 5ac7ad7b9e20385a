import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { ProblemCode } from '@countersign/api';
import { isLoopbackHost } from '../loopback.ts';

/** What is looked at: what a request says about itself, and how it came. */
export type Sender = {
  readonly headers: Pick<IncomingHttpHeaders, 'host' | 'origin'>;
  /** The connection comes from this machine. */
  readonly isLocal: boolean;
  /** The route only tells whether the gateway is well. */
  readonly isProbe: boolean;
};

/**
 * Refuses requests a browser was tricked into.
 * ATTACKER: a page of theirs may point a name of theirs at us (DNS rebinding) or send requests across origins.
 * A name can be pointed anywhere, an address cannot: probes call a replica by its address, and reach nothing but health.
 */
export function createOriginCheck(publicUrl: string): (sender: Sender) => ProblemCode | undefined {
  const { host: publicHost, origin: publicOrigin } = new URL(publicUrl);
  return ({ headers: { host = '', origin }, isLocal, isProbe }) => {
    const isPublic = host.toLowerCase() === publicHost;
    // nearly everyone: a client that names us as we name ourselves
    if (isPublic && (origin === undefined || origin === publicOrigin)) return undefined;
    const name = nameOf(host);
    const isHere = isLocal && isLoopbackHost(name);
    const isOurs = isHere || isPublic;
    if (!isOurs && !(isProbe && isAddress(name))) return 'unknown-host';
    if (origin === undefined || (isOurs && origin === publicOrigin)) return undefined;
    // a page on plain http is ours only on this machine: elsewhere anyone on the way can write it
    return isHere && origin === `http://${host}` ? undefined : 'foreign-origin';
  };
}

const nameOf = (host: string): string => host.replace(/:\d{1,5}$/, '');

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
