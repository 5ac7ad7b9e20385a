import type { IncomingMessage } from 'node:http';
import type { Json } from '@countersign/core';
import type { House } from './house.ts';
import type { Caller, Link, Upstream } from './link.ts';
import type { Received, Request, Response } from './message.ts';
import type { Tool, Tools } from './tools.ts';

/** Seals what a client carries for us (sessions, request states), so that any replica opens it and nobody else can make it. */
export type Sealer = {
  /** Authenticated encryption, as base64url. `purpose` is bound to it. */
  readonly seal: (purpose: string, value: Json) => string;
  /** Undefined for whatever was not sealed here for this purpose. */
  readonly open: (purpose: string, text: string) => Json | undefined;
};

/** Replaces private values in what comes back; the same object where there are none. */
export type Mask = <T>(value: T) => T;

/** One server as it is mounted. */
export type Mounted = {
  readonly name: string;
  readonly upstream: Upstream;
  readonly mask: Mask;
  /** Largest answer that is passed on, in bytes. */
  readonly maxResultBytes: number;
  /** Longest time a call may hold before the caller gets a ticket, where the operator sets one. */
  readonly holdMs?: number;
};

/** Everything the gate works with; the server and the shim bring it. */
export type McpParts = {
  readonly servers: ReadonlyMap<string, Mounted>;
  readonly house: House;
  readonly tools: Tools;
  /** Which of these tools policy does not deny this agent whatever the arguments are. */
  readonly callable: (
    agent: string,
    server: string,
    tools: readonly Tool[],
  ) => Promise<ReadonlySet<string>>;
  /** Whether policy could ask people about a call to this server: then `countersign_wait` is listed. */
  readonly mayAsk: (server: string) => boolean;
  readonly sealer: Sealer;
  /** Page on which people decide an approval; told beside its id. */
  readonly urlOf?: (approvalId: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (event: string, about: Readonly<Record<string, string | number>>) => void;
};

/** What comes of a client's request: an answer, or (legacy) a stream that ends before it, or a session that is over (HTTP 404). */
export type Answered =
  | { readonly is: 'answered'; readonly response: Received<Response> }
  | { readonly is: 'parted' }
  | { readonly is: 'gone' };

/** Who asks, by which way, of which server. */
export type About = {
  readonly caller: Caller;
  readonly link: Link;
  readonly mounted: Mounted;
  /** Where one endpoint serves several servers: this caller's way to another of them, for `countersign_wait`. */
  readonly to?: (
    server: string,
  ) => Promise<{ readonly link: Link; readonly mounted: Mounted } | undefined>;
};

/**
 * THE STORY between front and link: calls are judged, held and run; lists filtered; everything else passed on, masked.
 * A front hands its requests to `request` and its streams to `listen`, never to the link itself, so nothing comes down unseen.
 */
export type Story = {
  readonly request: (request: Received<Request>, about: About) => Promise<Answered>;
  /** `Link.listen`, masked; answers to calls that parted are finished on it, and changes of the list are told on it. */
  readonly listen: (
    about: About,
    options?: { readonly lastEventId?: string },
  ) => Promise<'ended' | 'unsupported' | 'gone'>;
  /** Ends what is held and remembered. */
  readonly close: () => void;
};

/** Whose credential came with a request to a mount, or what to answer. `resource` is the mount's URL (RFC 8707 audience). */
export type Identify = (
  request: IncomingMessage,
  resource: string,
) => Promise<{ readonly agent: string } | { readonly status: number; readonly code: string }>;
