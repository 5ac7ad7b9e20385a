import type { Era, Members, Notification, Received, Request, Response } from './message.ts';

/** One event of a response stream: a message, or what keeps the stream resumable (legacy only). */
export type StreamEvent = {
  readonly message?: Received;
  /** SSE `id` and `retry` (milliseconds), passed on from a legacy upstream as they came. */
  readonly id?: string;
  readonly retry?: number;
};

/** Who a client says it is. ATTACKER: may choose timeouts and texts, never a verdict. */
export type ClientSaid = {
  readonly name: string;
  readonly version: string;
  readonly capabilities: Members;
};

/** Who asks, in which way, and how to tell them something before the answer is there. */
export type Caller = {
  /** From the credential. */
  readonly agent: string;
  readonly era: Era;
  readonly transport: 'http' | 'stdio';
  readonly client: ClientSaid;
  /** The session of the agent, where there is one: for caps and lineage, not for trust. */
  readonly session?: string;
  /** Aborted when the caller cancelled, or is gone: from then on nothing is begun for it. */
  readonly signal: AbortSignal;
  /** Begins to stream now (headers, then a comment every few seconds); for a request that is held. Harmless twice. */
  readonly hold: () => void;
  /** Sends what comes before the answer. */
  readonly event: (event: StreamEvent) => void;
};

/**
 * How a request to an upstream ended. `answered`: with its response. `parted`: a legacy server closed the stream before
 * answering; whoever wants the answer resumes by the last event's id. `broken`: it may have been heard, and nobody knows
 * how it ended. `unsent`: it was never sent, or turned away, so nothing ran; with `isGone` because the session is over and the
 * client has to initialize again. `why` is for people, without upstream text.
 */
export type Reply =
  | { readonly is: 'answered'; readonly response: Received<Response> }
  | { readonly is: 'parted' }
  | { readonly is: 'broken'; readonly why: string }
  | { readonly is: 'unsent'; readonly why: string; readonly isGone?: true };

/** What a server says of itself: of `initialize`, or of `server/discover`. */
export type ServerSaid = {
  readonly protocolVersion: string;
  readonly capabilities: Members;
  readonly serverInfo: Members;
  readonly instructions?: string;
  /** The exact result it is from. */
  readonly result: Members;
};

/**
 * One client's way to one upstream, in one era. Front and link always speak the same era: where the server does not, a bridge
 * makes a link that does. Never throws for what an upstream does; whatever it sends is bounded and checked.
 */
export type Link = {
  readonly era: Era;
  readonly server: ServerSaid;
  /** What finds this link again from its session id (an upstream's session, a child): see `Upstream.attach`. */
  readonly ticket: string;
  /**
   * Sends a request and resolves when it ended. `caller.event` gets what came before. Aborting `caller.signal` cancels it in
   * the upstream's own way. Headers a modern upstream wants are made here, from the body and `headersOf`.
   */
  readonly request: (request: Request, caller: Caller, options?: RequestOptions) => Promise<Reply>;
  /** Passes on a notification of the client. */
  readonly notify: (notification: Notification) => Promise<void>;
  /** Passes on the client's answer to a request that the server made; false when nobody waits for it. */
  readonly respond: (response: Response) => Promise<boolean>;
  /**
   * What the server sends outside of any request (legacy GET stream, stdio), until `caller.signal` aborts. With `lastEventId` it
   * resumes. Resolves when the stream ended; `unsupported` where the server has none.
   */
  readonly listen: (
    caller: Caller,
    options?: { readonly lastEventId?: string },
  ) => Promise<'ended' | 'unsupported' | 'gone'>;
  /** Ends the session (legacy DELETE, the child of a session). */
  readonly close: () => Promise<void>;
};

export type RequestOptions = {
  /** Longest wait without any message for this request; the upstream's own limit when absent. */
  readonly timeoutMs?: number;
  /** `Mcp-Param-*` of a modern `tools/call`, from the tool's schema: names with their prefix, values encoded. */
  readonly params?: Readonly<Record<string, string>>;
};

/** An MCP server behind the gate. Credentials it needs are its own; nothing of the client's is passed on. */
export type Upstream = {
  readonly name: string;
  /**
   * Opens a link for a client; the server is asked once which eras it speaks. The link is of the era the server speaks, this one
   * where it speaks both: what wraps an upstream with bridges looks at `link.era`. Legacy: `initialize` is done, `notifications/initialized`
   * is the client's to send. `unavailable` with a reason in words where it cannot be reached.
   */
  readonly open: (era: Era, opening: Opening) => Promise<Link | { readonly unavailable: string }>;
  /** Finds the link of a session again; undefined when it is over (the client initializes again). */
  readonly attach: (ticket: string, opening: Opening) => Promise<Link | undefined>;
  /** For the readiness page: whether it answers, and how often it was started again. */
  readonly state: () => UpstreamState;
  readonly close: () => Promise<void>;
};

export type Opening = {
  readonly agent: string;
  readonly client: ClientSaid;
  /** The client's own `initialize` params, verbatim, where it sent some (legacy). */
  readonly initialize?: Members;
};

export type UpstreamState = {
  readonly name: string;
  readonly kind: 'stdio' | 'http';
  readonly is: 'unused' | 'up' | 'down';
  readonly restarts: number;
  readonly why?: string;
};
