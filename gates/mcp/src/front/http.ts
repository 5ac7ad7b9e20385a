import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveAll } from '../aggregate/aggregate.ts';
import { challengeOf, metadataOf, METADATA_PATH, type ResourceMetadata } from '../auth.ts';
import type { Identify, McpParts, Story } from '../parts.ts';
import { readBody } from '../read-message.ts';
import { sort } from './era.ts';
import { headerOf } from './headers.ts';
import { createLegacyFront, type Visit } from './http-legacy.ts';
import { postModern } from './http-modern.ts';
import { createInFlight } from './inflight.ts';
import { createLine, type Line } from './line.ts';
import { readText } from './read-text.ts';
import { CODES, refusal, type Refusal } from './refusal.ts';
import { serveOne, type Served } from './served.ts';
import { createSessions } from './sessions.ts';
import { createStreams } from './streams.ts';

/** Where agents reach MCP servers by HTTP. */
export type HttpFront = {
  /** Answers a request below `/mcp`, or below the metadata's path; false where nothing is there, and nothing was written. */
  readonly handle: (
    request: IncomingMessage,
    response: ServerResponse,
    at: Pick<At, 'path' | 'headers'>,
  ) => Promise<boolean>;
  /** Ends every stream that has no end of its own; calls are answered. */
  readonly stop: () => void;
};

export type HttpFrontParts = Pick<McpParts, 'servers' | 'tools' | 'sealer' | 'now' | 'log'> & {
  readonly story: Story;
  readonly identify: Identify;
  /** Origin agents use: with a mount's path it is the mount's URL. */
  readonly publicUrl: string;
  /** Issuers whose tokens agents may show, for the metadata. */
  readonly issuers: () => readonly string[];
  readonly maxBodyBytes: number;
};

const PREFIX = '/mcp';
/** After this long a credential is looked at again: a body may be sent as slowly as the socket allows. */
const SLOW_MS = 1_000;

/** Makes the HTTP front of both eras. */
export function createHttpFront(parts: HttpFrontParts): HttpFront {
  const { identify, publicUrl, sealer, now } = parts;
  const streams = createStreams();
  const sessions = createSessions(sealer, now);
  const all = serveAll(parts);
  const legacy = createLegacyFront({ sessions, inFlight: createInFlight(), streams });

  /** What stands at a path. */
  function servedAt(path: string): Served | undefined {
    if (path === PREFIX) return parts.servers.size > 0 ? all : undefined;
    const mounted = path.startsWith(`${PREFIX}/`)
      ? parts.servers.get(path.slice(PREFIX.length + 1))
      : undefined;
    return mounted && serveOne(mounted, parts);
  }

  async function whoIs(request: IncomingMessage, path: string): Promise<string | Refusal> {
    const resource = publicUrl + path;
    const known = await identify(request, resource);
    if ('agent' in known) return known.agent;
    const { status, code } = known;
    const hasToken = request.headers.authorization !== undefined;
    const challenge = challengeOf(status, { resource, hasToken });
    return refusal(status, CODES.transport, code, {
      data: { code },
      ...(challenge !== undefined && { headers: ['www-authenticate', challenge] }),
    });
  }

  async function post(visit: Visit, request: IncomingMessage, path: string): Promise<void> {
    const began = now();
    const read = await readText(request, parts.maxBodyBytes);
    if (read === 'gone') return;
    const agent = now() - began > SLOW_MS ? await whoIs(request, path) : visit.agent;
    if (typeof agent !== 'string') return visit.line().refuse(agent);
    if ('is' in read) return visit.line().refuse(read);
    const body = readBody(read.text);
    if (!body.ok) {
      const { code, message, id = null } = body.error;
      return visit.line().refuse(refusal(400, code, message, { id }));
    }
    const sorted = sort(body.value, visit.headers);
    if (sorted.is === 'refused') return visit.line().refuse(sorted);
    return sorted.is === 'legacy' ? legacy.post(visit, sorted) : postModern(visit, sorted, streams);
  }

  async function serve(served: Served, at: At): Promise<void> {
    const { request, response, path, headers } = at;
    const line = (more?: readonly string[]): Line =>
      createLine(response, more ? [...headers, ...more] : headers);
    const refused = streams.isStopping() ? STOPPING : unacceptable(request);
    if (refused) return line().refuse(refused);
    const agent = await whoIs(request, path);
    if (typeof agent !== 'string') return line().refuse(agent);
    const visit: Visit = { agent, served, headers: request.headers, line };
    if (request.method === 'POST') return post(visit, request, path);
    return request.method === 'GET' ? legacy.get(visit) : legacy.end(visit);
  }

  return {
    handle: async (request, response, { path, headers }) => {
      const isAbout = path.startsWith(`${METADATA_PATH}/`);
      const mount = isAbout ? path.slice(METADATA_PATH.length) : path;
      const served = servedAt(mount);
      if (!served) return false;
      if (isAbout)
        tell(response, headers, {
          resource: publicUrl + mount,
          name: served.name,
          issuers: parts.issuers(),
        });
      else await serve(served, { request, response, path, headers });
      return true;
    },
    stop: streams.stop,
  };
}

type At = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** Sent with whatever is answered, before its own: name, value, name, value … */
  readonly headers: readonly string[];
};

const METADATA_HEADERS = ['content-type', 'application/json', 'cache-control', 'no-store'];

function tell(response: ServerResponse, headers: readonly string[], about: ResourceMetadata): void {
  response.writeHead(200, [...headers, ...METADATA_HEADERS]);
  response.end(metadataOf(about));
}

const STOPPING = refusal(503, CODES.transport, 'the gateway is stopping', {
  headers: ['retry-after', '1', 'connection', 'close'],
});

const METHODS = ['POST', 'GET', 'DELETE'];

/** A method or an `Accept` that nothing here could answer. */
function unacceptable({ method = '', headers }: IncomingMessage): Refusal | undefined {
  if (!METHODS.includes(method))
    return refusal(405, CODES.transport, 'method not allowed', {
      headers: ['allow', METHODS.join(', ')],
    });
  const accept = headerOf(headers, 'accept') ?? '*/*';
  const wanted = WANTED[method] ?? [];
  // word for word what the SDKs send
  if (accept === wanted.join(', ')) return undefined;
  return wanted.every((type) => accepts(accept, type))
    ? undefined
    : refusal(406, CODES.transport, `accept ${wanted.join(' and ')}`);
}

const WANTED: Readonly<Record<string, readonly string[]>> = {
  POST: ['application/json', 'text/event-stream'],
  GET: ['text/event-stream'],
};

const accepts = (accept: string, type: string): boolean =>
  accept.split(',').some((one) => {
    const range = one.split(';')[0]?.trim().toLowerCase();
    return range === type || range === '*/*' || range === `${type.split('/')[0]}/*`;
  });
