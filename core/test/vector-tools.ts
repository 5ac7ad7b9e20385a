// Pins of tools, and whole ledgers of what became of them, for the vectors: always the same.
import type { Arguments } from '../src/action/schema.ts';
import { canonical } from '../src/canonical.ts';
import { sha256 } from '../src/crypto.ts';
import type { Gate } from '../src/gate.ts';
import { createGatekeeper } from '../src/gatekeeper.ts';
import type { Disclosures } from '../src/ledger/receipt.ts';
import { opened } from '../src/release.ts';
import { ok } from '../src/result.ts';
import { instant, type Instant } from '../src/time.ts';
import { reviewTool, sightTools, type FirstSight } from '../src/tools/decide.ts';
import { pinOf, pinsOf, type ToolDefinition } from '../src/tools/definition.ts';
import type { ToolEvent } from '../src/tools/event.ts';
import { evolveTools, NO_TOOLS, type ServerTools } from '../src/tools/registry.ts';
import { allow, must } from './office.ts';
import type { Broken } from './vector-broken.ts';
import { openFixedOffice, receiptOf, type Ended } from './vector-story.ts';

const SEND: ToolDefinition = {
  name: 'send_mail',
  description: 'Sends a mail.',
  inputSchema: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] },
};
const LIST: ToolDefinition = { name: 'list_mail', inputSchema: { type: 'object' } };
const CHANGED: ToolDefinition = { ...SEND, description: 'Sends a mail, and a copy elsewhere.' };
const LATER: ToolDefinition = { name: 'delete_mail', inputSchema: { type: 'object' } };

const pin = (definition: ToolDefinition) => {
  const pinned = pinOf(definition);
  if (!pinned.ok) throw new Error(pinned.error);
  return pinned.value.pin;
};
const at = (seconds: number): Instant => instant(1_700_000_000_000 + seconds * 1_000);
const SERVER = 'mail';

/** A ledger that is told step by step. */
function story(firstSight: FirstSight) {
  let state: ServerTools = NO_TOOLS;
  const told: ToolEvent[] = [];
  const add = (events: readonly ToolEvent[]): void => {
    told.push(...events);
    state = events.reduce(evolveTools, state);
  };
  return {
    told,
    sees: (listed: readonly ToolDefinition[], seconds: number) => {
      const listing = { server: SERVER, listed: pinsOf(listed), firstSight };
      add(sightTools(state, { ...listing, by: 'mail-bot' }, at(seconds)));
    },
    reviews: (definition: ToolDefinition, choice: 'accept' | 'refuse', seconds: number) => {
      const about = { server: SERVER, tool: String(definition['name']), pin: pin(definition) };
      const who = { by: 'ana', human: 'ana', assurance: 'session', channel: 'console' } as const;
      const seenDigest = sha256(`what was seen at ${seconds}`);
      const done = reviewTool(state, { ...about, choice, ...who, seenDigest }, at(seconds));
      if (!done.ok) throw new Error(done.error);
      add(done.value);
    },
  };
}

const entriesOf = (events: readonly object[]): readonly string[] =>
  events.map((event, i) => canonical({ ...event, v: 1, stream: `tools-${SERVER}`, n: i + 1 }));

function accepted(): readonly ToolEvent[] {
  const one = story('accept');
  one.sees([SEND, LIST], 0);
  one.sees([CHANGED, LIST, LATER], 1);
  one.reviews(CHANGED, 'accept', 2);
  one.reviews(LATER, 'refuse', 3);
  one.reviews(SEND, 'refuse', 4);
  return one.told;
}
function reviewed(): readonly ToolEvent[] {
  const one = story('review');
  one.sees([SEND, LIST], 0);
  one.reviews(LIST, 'accept', 1);
  one.sees([CHANGED, { ...LIST, title: 'List' }, LATER], 2);
  return one.told;
}

const gate: Gate = {
  name: 'mcp',
  types: new Set(['mcp.tool-call']),
  understand: ({ type, resource, arguments: bound }) =>
    ok({
      type,
      schemaVersion: 1,
      resource,
      bound: bound as Arguments,
      presentational: {},
      judgedAs: type,
      facts: {},
      inspectable: 'full',
      headline: 'Call send_mail of mail',
      details: [],
      privateArguments: [],
    }),
};

type Said = { readonly valid: readonly Ended[]; readonly invalid: readonly Broken[] };

/** Receipts of a call of a tool, with and without its definition (EV-22). */
export async function toolReceipts(): Promise<Said> {
  const office = openFixedOffice(allow);
  const gatekeeper = createGatekeeper({ ...office.parts, gateOf: () => gate });
  const { status } = must(
    await gatekeeper.propose({
      agent: 'data-bot',
      type: 'mcp.tool-call',
      resource: { type: 'McpServer', id: SERVER },
      arguments: { tool: 'send_mail', pin: pin(SEND), arguments: { to: 'ana@example.com' } },
    }),
  );
  const payload = await opened(office.parts, status.id);
  if (!payload) throw new Error('the payload is gone');
  const action = { action: payload.action, salt: payload.salt };
  const receipt = (disclosures: Disclosures) => receiptOf(office.store, status.id, { disclosures });
  const other = openFixedOffice(allow);
  const { status: plain } = must(await other.propose());
  const refused = async (name: string, disclosures: Disclosures) => ({
    name,
    refusal: 'tool-mismatch',
    receipt: await receipt(disclosures),
  });
  return {
    valid: [
      {
        name: 'EV-22 a call of a tool, its definition disclosed',
        state: 'allowed',
        receipt: await receipt({ action, definition: SEND }),
      },
      {
        name: 'EV-22 a call of a tool, its definition not disclosed',
        state: 'allowed',
        receipt: await receipt({ action }),
      },
    ],
    invalid: [
      await refused('EV-22 another definition', { action, definition: CHANGED }),
      await refused('EV-22 the definition of another tool', { action, definition: LIST }),
      await refused('EV-22 a definition without the call', { definition: SEND }),
      {
        name: 'EV-22 a definition beside what calls no tool',
        refusal: 'tool-mismatch',
        receipt: await receiptOf(other.store, plain.id, { disclosures: { definition: SEND } }),
      },
    ],
  };
}

/** Every vector about tools (L39). */
export function toolVectors(): unknown {
  const base = accepted();
  const [first, changed, later, yes] = base;
  const broken = (name: string, events: readonly object[]) => ({
    name,
    refusal: 'tool-mismatch',
    entries: entriesOf(events),
  });
  const isAt = (index: number, members: object): readonly object[] =>
    base.map((event, i) => (i === index ? { ...event, ...members } : event));
  const unknown = { tool: 'list_mail', pin: sha256('never seen') };
  return {
    about:
      'Definitions with their pins, and entries of whole ledgers. What does not verify breaks L39.',
    pins: [SEND, LIST, CHANGED, { ...SEND, icons: [{ src: 'a.png' }] }].map((definition) => ({
      definition,
      pin: pin(definition),
    })),
    valid: [
      { name: 'the first listing, changes, reviews', entries: entriesOf(base) },
      { name: 'where first sight accepts nothing', entries: entriesOf(reviewed()) },
    ],
    invalid: [
      broken('accepted later without a review', [
        first ?? {},
        { ...first, at: at(9), tools: [unknown] },
      ]),
      broken('accepted after something was suspended', [
        first ?? {},
        changed ?? {},
        { ...first, tools: [unknown] },
      ]),
      broken('a pin that was known', [first ?? {}, { ...later, tools: firstTools(first) }]),
      broken(
        'changed from what was never accepted',
        isAt(1, {
          tools: [{ tool: 'send_mail', pin: pin(CHANGED), was: sha256('never seen') }],
        }),
      ),
      broken('new, though it was there', isAt(1, { because: 'new' })),
      broken('for a reason that is none', isAt(1, { because: 'whim' })),
      broken('of no tool', isAt(1, { tools: [] })),
      broken('about another server', isAt(0, { server: 'files' })),
      broken('a review of what was never seen', isAt(3, unknown)),
      broken('a review that changes nothing', [...base, { ...yes, at: at(9) }]),
      broken('a review by the agent that told of it', isAt(3, { by: 'mail-bot' })),
      {
        name: 'a review by an agent that the directory knows',
        refusal: 'tool-mismatch',
        entries: [REGISTERED, ...entriesOf(isAt(3, { by: 'deploy-bot', human: 'deploy-bot' }))],
      },
      broken('a review by nobody', isAt(3, { human: '' })),
      broken('a review of nobody knows what', isAt(3, { seenDigest: 'sha256:' })),
      broken('of an unknown type', isAt(4, { type: 'tool.allowed' })),
    ],
  };
}

const REGISTERED = canonical({
  type: 'agent.registered',
  at: at(0),
  agent: 'deploy-bot',
  owner: 'mona',
  teams: [],
  trust: 0,
  quarantined: false,
  actsFor: [],
  delegators: [],
  workloads: [],
  by: 'ana',
  v: 1,
  stream: 'directory',
  n: 1,
});

const firstTools = (event: ToolEvent | undefined): unknown =>
  event && 'tools' in event ? event.tools : [];
