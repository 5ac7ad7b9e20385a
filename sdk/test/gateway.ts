import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActionStatus, Proposal, Report, State } from '../src/index.ts';

type Kept = { status: ActionStatus; proposal: Proposal; grant: string };
/** A text is answered with status 200 in place of what the gateway would say, which is not asked. */
type Failing = 'cut' | 'lose' | 503 | { readonly says: string };
type Answer = { status: number; body: unknown; headers?: Record<string, string> };

/** The wire contract over node:http, so that a client can be tested against lost answers and restarts at any point. */
export type TestGateway = {
  readonly url: string;
  readonly actions: Map<string, Kept>;
  /** Every request, as `METHOD path`. */
  readonly seen: string[];
  /** What the next matching request meets instead of an answer; `lose`: handled, then the socket is cut. */
  readonly fail: (match: RegExp, how: Failing, times?: number) => void;
  readonly decide: (id: string, state: State, more?: Partial<ActionStatus>) => void;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

/** Opens a gateway whose policy is the action's type: `ask.*` waits for people, `no.*` is denied, the rest is allowed. */
export async function openGateway(): Promise<TestGateway> {
  const actions = new Map<string, Kept>();
  const keys = new Map<string, string>();
  const watchers = new Set<() => void>();
  const seen: string[] = [];
  const failures: { match: RegExp; how: Failing; times: number }[] = [];
  let server: Server | undefined;
  let port = 0;

  const set = (id: string, more: Partial<ActionStatus>): ActionStatus => {
    const kept = actions.get(id);
    if (!kept) throw new Error(`no ${id}`);
    const { grant: _, ...rest } = { ...kept.status, ...more };
    const ready = rest.state === 'approved' || rest.state === 'allowed';
    kept.status = ready ? { ...rest, grant: kept.grant } : rest;
    watchers.forEach((wake) => wake());
    return kept.status;
  };

  const propose = (key: string, proposal: Proposal): Answer => {
    const known = actions.get(keys.get(key) ?? '');
    if (known) return { status: 200, body: known.status };
    const id = `act_${actions.size + 1}`;
    const grant = `x.${Buffer.from(JSON.stringify({ act: id })).toString('base64url')}.y`;
    const status: ActionStatus = {
      id,
      state: 'pending',
      verdict: 'review',
      code: 'needs-review',
      reasons: [],
      digest: 'sha256:00',
      policyDigest: 'sha256:00',
      type: proposal.type,
      resource: proposal.resource,
      createdAt: new Date(0).toISOString(),
      approvalId: `apr_${id.slice(4)}`,
    };
    keys.set(key, id);
    actions.set(id, { status, proposal, grant });
    if (proposal.type.startsWith('ask.')) return { status: 202, body: status };
    const denied = proposal.type.startsWith('no.');
    set(
      id,
      denied
        ? { state: 'denied', verdict: 'deny', retry: 'after-change' }
        : { state: 'allowed', verdict: 'allow' },
    );
    return { status: 201, body: actions.get(id)?.status };
  };

  const redeem = (grant: string): Answer => {
    const kept = [...actions.values()].find((one) => one.grant === grant);
    if (!kept) return problem(401, 'grant-invalid');
    if (kept.status.state === 'cancelled') return problem(409, 'settled');
    if (kept.status.grant === undefined) return problem(409, 'grant-spent');
    const { id, type, resource, digest } = set(kept.status.id, { state: 'executing' });
    const body = { actionId: id, type, resource, digest, arguments: kept.proposal.arguments };
    return {
      status: 200,
      body: { ...body, credential: null, deadline: '2099-01-01T00:00:00.000Z' },
    };
  };

  const act = (id: string, verb: string, body: unknown): Answer => {
    const kept = actions.get(id);
    if (!kept) return problem(404, 'not-found');
    const { state } = kept.status;
    if (verb === 'cancel')
      return state === 'pending' || kept.status.grant !== undefined
        ? { status: 200, body: set(id, { state: 'cancelled', retry: 'later' }) }
        : problem(409, 'settled');
    if (state !== 'executing') return problem(409, 'not-executing');
    const report = body as Report;
    return { status: 200, body: set(id, { state: report.outcome, outcome: report }) };
  };

  const answer = async (request: IncomingMessage, body: unknown): Promise<Answer> => {
    const url = new URL(request.url ?? '/', 'http://gateway');
    if (request.headers.authorization !== 'Bearer csk_test') return problem(401, 'unauthenticated');
    const [, , first, id = '', verb = ''] = url.pathname.split('/');
    if (first === 'grants') return redeem((body as { grant: string }).grant);
    if (request.method === 'POST')
      return id === ''
        ? propose(String(request.headers['idempotency-key']), body as Proposal)
        : act(id, verb, body);
    const until = Date.now() + Number(url.searchParams.get('wait') ?? 0) * 1000;
    while (actions.get(id)?.status.state === 'pending' && Date.now() < until)
      await changed(watchers, until - Date.now());
    const kept = actions.get(id);
    return kept ? { status: 200, body: kept.status } : problem(404, 'not-found');
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const line = `${request.method} ${request.url}`;
    seen.push(line);
    const failure = failures.find(({ match, times }) => times > 0 && match.test(line));
    if (failure) failure.times--;
    if (failure?.how === 'cut') return void request.socket.destroy();
    const body = await read(request);
    if (typeof failure?.how === 'object') return void response.end(failure.how.says);
    if (failure?.how === 503)
      return send(response, problem(503, 'store-failure', { 'retry-after': '0' }));
    if (line.endsWith('/events')) return stream(response, line.split('/')[3] ?? '');
    const given = await answer(request, body);
    if (failure?.how === 'lose') return void request.socket.destroy();
    send(response, given);
  };

  const stream = (response: ServerResponse, id: string): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const tell = (): void => {
      const status = actions.get(id)?.status;
      response.write(`: ping\n\nevent: status\ndata: ${JSON.stringify(status)}\n\n`);
      if (status?.outcome !== undefined || status?.state === 'denied') {
        watchers.delete(tell);
        response.end();
      }
    };
    watchers.add(tell);
    response.on('close', () => watchers.delete(tell));
    tell();
  };

  const start = async (): Promise<void> => {
    server = createServer((request, response) => void handle(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    actions,
    seen,
    fail: (match, how, times = 1) => void failures.push({ match, how, times }),
    decide: (id, state, more) => void set(id, { state, ...more }),
    start,
    stop: async () => {
      server?.closeAllConnections();
      server?.close();
      if (server?.listening) await once(server, 'close');
    },
  };
}

const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { type: 'about:blank', title: code, status, code, detail: `refused: ${code}` },
});

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}

function changed(watchers: Set<() => void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      watchers.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    watchers.add(wake);
  });
}
