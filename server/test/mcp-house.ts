// An MCP gate for tests: the real story over the real house, in memory, and a strict server behind a link.
import {
  base64url,
  createAttention,
  createGatekeeper,
  createMasker,
  decrypt,
  digestView,
  encrypt,
  fromBase64url,
  fromUtf8,
  makeSigningKeyPem,
  parseJson,
  random,
  readSigningKey,
  sha256,
  canonical,
  shown,
  utf8,
  type Agent,
  type Choice,
  type Digest,
  type Directory,
  type Gatekeeper,
  type Judgement,
  type Parts,
  type Person,
} from '@countersign/core';
import { createFixedClock, createMemoryStore, type FixedClock } from '@countersign/core/testing';
import {
  createMcpGate,
  createStory,
  type About,
  type Answered,
  type Caller,
  type Era,
  type House,
  type Link,
  type Mask,
  type McpParts,
  type Members,
  type Reply,
  type Request,
  type Response,
  type Story,
  type StreamEvent,
  type Times,
  type Tool,
} from '@countersign/gate-mcp';
import { createHouse } from '../src/mcp/house.ts';

const dana: Person = {
  id: 'dana',
  name: 'dana',
  human: 'dana',
  groups: ['ops'],
  active: true,
  reach: 'chat',
};
const mona: Person = { ...dana, id: 'mona', name: 'mona', human: 'mona', groups: ['ops'] };
const agentOf = (id: string): Agent => ({
  id,
  owner: 'mona',
  teams: [],
  trust: 1,
  quarantined: false,
  actsFor: [],
  delegators: [],
});

const base: Judgement = {
  verdict: 'allow',
  code: 'permitted',
  matched: { permit: ['p'], forbid: [], review: [] },
  shadow: [],
  errors: [],
  requirements: [],
  reasons: ['agents may'],
  policyDigest: `sha256:${'0'.repeat(64)}`,
  engine: 'test',
};
const review: Judgement = {
  ...base,
  verdict: 'review',
  code: 'needs-review',
  requirements: [
    {
      kind: 'review',
      groups: ['ops'],
      quorum: 1,
      assurance: 'chat',
      expiresMs: 3_600_000,
      exclude: ['requester'],
      stage: 1,
      distinct: false,
      risk: 'medium',
      policies: ['r'],
      why: ['it writes'],
    },
  ],
};
const deny: Judgement = { ...base, verdict: 'deny', code: 'forbidden', reasons: ['never'] };

const definition = (name: string, more: Members = {}): Members => ({
  name,
  description: `Does ${name}`,
  inputSchema: { type: 'object', properties: { to: { type: 'string' } } },
  ...more,
});
/** What the server lists: what is called `read` is allowed, `drop` is denied, the others are asked about. */
const DEFINITIONS: readonly Members[] = [
  definition('read', { annotations: { readOnlyHint: true } }),
  definition('send'),
  definition('drop'),
  definition('countersign_wait'),
];

/** What the server does with a call; the default says what it was called with. */
type Serve = (request: Request, caller: Caller) => Promise<Reply> | Reply;

/** A result as a server gives it. */
export const result = (request: Request, of: Members): Reply => {
  const message: Response = { jsonrpc: '2.0', id: request.id, result: of };
  return { is: 'answered', response: { message, text: JSON.stringify(message) } };
};
export const text = (said: string): Members => ({ content: [{ type: 'text', text: said }] });

export type McpHouse = {
  /** What a story is made of, for another one with the same house. */
  readonly shared: McpParts;
  readonly story: Story;
  readonly house: House;
  readonly gatekeeper: Gatekeeper;
  readonly clock: FixedClock;
  readonly parts: Parts;
  /** Every `tools/call` that reached the server. */
  readonly calls: Request[];
  /** How the server and policy are from now on. */
  now: { serve: Serve; says: (tool: string) => Judgement; definitions: readonly Members[] };
  readonly verdicts: {
    readonly allow: Judgement;
    readonly review: Judgement;
    readonly deny: Judgement;
  };
  readonly tools: McpParts['tools'] & {
    readonly put: (tool: Tool) => void;
    readonly changed: () => void;
  };
  readonly by: (agent: string, how?: Partial<How>) => Client;
  /** The approval that is asked for now, answered by a person. */
  readonly vote: (choice: Choice, reason?: string, seen?: Digest) => Promise<void>;
  /** Where an action stands. */
  /** Resolves when the ledger has heard how every call ended. */
  readonly told: () => Promise<void>;
  readonly stateOf: (id: string) => Promise<string | undefined>;
  /** Ids of all actions, oldest first. */
  readonly actions: () => Promise<readonly string[]>;
  readonly close: () => void;
};

type How = {
  readonly era: Era;
  readonly name: string;
  readonly session: string;
  readonly transport: 'http' | 'stdio';
  readonly capabilities: Members;
};

/** One client of the gate. */
type Client = {
  readonly call: (tool: string, args?: Members, more?: Members) => Call;
  readonly ask: (method: string, params?: Members) => Call;
  readonly about: (events?: StreamEvent[], signal?: AbortSignal) => About;
};
/** A request that is under way. */
type Call = {
  readonly answer: Promise<Answered>;
  /** Its result; throws where there is none. */
  readonly result: Promise<Members>;
  readonly error: Promise<{ readonly code: number; readonly message: string }>;
  readonly events: readonly StreamEvent[];
  readonly leave: () => void;
};

/** Times of a second are twenty milliseconds here. */
const FAST: Partial<Times> = {
  legMs: 40,
  legs: 3,
  progressedMs: 400,
  silentMs: 60,
  signMs: 10,
};

/** Opens one. */
export function openMcpHouse(more: { times?: Partial<Times>; mask?: Mask } = {}): McpHouse {
  const clock = createFixedClock();
  const pinned = new Map<string, Tool>();
  const listeners = new Set<(server: string) => void>();
  const tools: McpHouse['tools'] = {
    put: (tool) => void pinned.set(`${tool.server} ${tool.name}`, tool),
    find: (server, name) => pinned.get(`${server} ${name}`),
    changed: () => listeners.forEach((listener) => listener('mail')),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // as the registry does it: what is new on an empty server is accepted, what changes is suspended
    sight: async (server, listed) => {
      const isFirst = ![...pinned.values()].some((one) => one.server === server);
      for (const one of listed) {
        const name = String(one['name']);
        const pin = sha256(canonical(one));
        const known = tools.find(server, name);
        if (known?.pin === pin) continue;
        tools.put({
          server,
          name,
          pin,
          definition: one,
          ...(isFirst
            ? { standing: 'accepted' }
            : { standing: 'suspended', because: known ? 'changed' : 'new' }),
        });
      }
      return new Map(
        listed.flatMap((one) => {
          const tool = tools.find(server, String(one['name']));
          return tool ? [[tool.name, tool]] : [];
        }),
      );
    },
  };
  const gate = createMcpGate({ find: tools.find, isMounted: () => true });
  const agents = ['bot', 'rival'].map(agentOf);
  const people = [dana, mona];
  const directory: Directory = {
    agent: (id) => agents.find((one) => one.id === id),
    person: (id) => people.find((one) => one.id === id),
    members: (groups) => people.filter((one) => one.groups.some((group) => groups.includes(group))),
    resource: () => [],
    isKilled: () => false,
  };
  const ids = new Set<string>();
  const store = createMemoryStore({ clock });
  store.onAppended(({ stream }) => void ids.add(stream));
  const now: McpHouse['now'] = {
    serve: (request) => result(request, text(JSON.stringify(request.params?.['arguments']))),
    says: (tool) => (tool === 'read' ? base : tool === 'drop' ? deny : review),
    definitions: DEFINITIONS,
  };
  const parts: Parts = {
    store,
    judge: { judge: async ({ facts }) => now.says(String(facts['tool'])) },
    directory: () => directory,
    clock,
    random,
    gateOf: (type) => (gate.types.has(type) ? gate : undefined),
    display: { text: (it) => it, json: (value) => value, claim: (it) => it },
    secrets: { masterKey: random(32), fingerprintKey: random(32) },
    attention: createAttention(1_000_000),
    grantKey: readSigningKey(makeSigningKeyPem()),
    settings: {
      origin: 'test.example/ledger',
      grantMs: 300_000,
      executionMs: 60_000,
      denialMs: 600_000,
      idempotencyMs: 86_400_000,
      maxPending: 2_000,
      maxPendingPerSession: 2_000,
      maxPendingPerOwner: 2_000,
      denialsBeforeLock: 30,
      glassUseMs: 600_000,
      glassReviewMs: 86_400_000,
      timeZone: 'UTC',
    },
  };
  const gatekeeper = createGatekeeper(parts);
  const house = createHouse({
    gatekeeper,
    store,
    current: async () => undefined,
    log: { error: () => undefined },
  });
  const key = random(32);
  const calls: Request[] = [];
  const link = linkOf(calls, now);
  const masker = createMasker({ key });
  const mounted = (name: string): About['mounted'] => ({
    name,
    upstream: {
      name,
      open: async () => link,
      attach: async () => link,
      state: () => ({ name, kind: 'http', is: 'up', restarts: 0 }),
      close: async () => undefined,
    },
    mask: more.mask ?? (((value: unknown) => masker.maskValue(value)) as Mask),
    maxResultBytes: 10_000,
  });
  const shared: McpParts = {
    servers: new Map([['mail', mounted('mail')]]),
    house,
    tools,
    callable: async (_, __, listed) =>
      new Set(listed.map(({ name }) => name).filter((name) => name !== 'drop')),
    mayAsk: () => true,
    sealer: {
      seal: (purpose, value) => base64url(encrypt(key, utf8(JSON.stringify(value)), purpose)),
      open: (purpose, sealed) => {
        try {
          const parsed = parseJson(fromUtf8(decrypt(key, fromBase64url(sealed) ?? key, purpose)));
          return parsed.ok ? parsed.value : undefined;
        } catch {
          return undefined;
        }
      },
    },
    now: clock,
    log: () => undefined,
  };
  const story = createStory(shared, { ...FAST, ...more.times });
  const client = (agent: string, how: Partial<How> = {}): Client => {
    const era = how.era ?? 'legacy';
    let id = 0;
    const about: Client['about'] = (events = [], signal = new AbortController().signal) => ({
      caller: {
        agent,
        era,
        transport: how.transport ?? 'http',
        client: { name: how.name ?? 'test', version: '1', capabilities: how.capabilities ?? {} },
        session: how.session ?? 'one',
        signal,
        hold: () => void events.push({}),
        event: (event) => void events.push(event),
      },
      link: { ...link, era },
      mounted: mounted('mail'),
    });
    const ask: Client['ask'] = (method, params = {}) => {
      const events: StreamEvent[] = [];
      const leaving = new AbortController();
      const message: Request = { jsonrpc: '2.0', id: ++id, method, params };
      const answer = story.request(
        { message, text: JSON.stringify(message) },
        about(events, leaving.signal),
      );
      const response = answer.then((one) => {
        if (one.is !== 'answered') throw new Error(one.is);
        const { message: said, text: written } = one.response;
        if (JSON.stringify(JSON.parse(written)) !== JSON.stringify(said) || said.id !== message.id)
          throw new Error(`message and text differ: ${written}`);
        return said;
      });
      const got = response.then((said) => {
        if ('result' in said) return said.result;
        throw new Error(`no result: ${JSON.stringify(said.error)}`);
      });
      const error = response.then((said) => {
        if ('error' in said) return said.error;
        throw new Error(`no error: ${JSON.stringify(said.result)}`);
      });
      for (const one of [got, error]) one.catch(() => undefined);
      return { answer, result: got, error, events, leave: () => leaving.abort() };
    };
    return {
      about,
      ask,
      call: (name, args = {}, params = {}) =>
        ask('tools/call', { name, arguments: args, ...params }),
    };
  };
  const open: McpHouse = {
    shared,
    story,
    house,
    gatekeeper,
    clock,
    parts,
    calls,
    now,
    tools,
    verdicts: { allow: base, review, deny },
    by: client,
    vote: async (choice, reason, seen) => {
      const [pending] = await store.find({ states: ['pending'], limit: 1 });
      const view = pending && (await shown(parts, pending.stream));
      if (!view) throw new Error('nobody is asked');
      const voted = await gatekeeper.vote(dana, {
        approvalId: view.approvalId,
        version: view.version,
        seenDigest: seen ?? digestView(view),
        control: 'vote',
        choice,
        assurance: 'chat',
        channel: 'api',
        ...(reason === undefined ? {} : { reason }),
      });
      if (!voted.ok) throw new Error(`refused: ${voted.error}`);
    },
    told: house.told,
    stateOf: async (id) => {
      await house.told();
      const answer = await gatekeeper.answer(id as Parameters<Gatekeeper['answer']>[0]);
      return answer?.status.state;
    },
    actions: async () => [...ids].filter((id) => id.startsWith('act_')),
    close: () => story.close(),
  };
  return open;
}

function linkOf(calls: Request[], now: McpHouse['now']): Link {
  return {
    era: 'legacy',
    server: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'mail', version: '1' },
      result: {},
    },
    ticket: 'mail',
    request: async (request, caller) => {
      if (request.method === 'tools/list') return result(request, { tools: now.definitions });
      if (request.method === 'tools/call') calls.push(request);
      return now.serve(request, caller);
    },
    notify: async () => undefined,
    respond: async () => true,
    listen: async () => 'unsupported',
    close: async () => undefined,
  };
}

/** The texts of a result. */
export const texts = ({ content }: Members): readonly string[] =>
  (content as readonly Members[]).map((one) => String(one['text']));

/** Lets everything that is ready to happen, happen. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};
