// Receipts that must not verify: honestly signed logs of dishonest events, and honest receipts that were touched.
import { type Action } from '../src/action/action.ts';
import { digestView, type View } from '../src/action/view.ts';
import { encodeEntry } from '../src/approval/entry.ts';
import type { ApprovalEvent, DrillResult, Vote } from '../src/approval/event.ts';
import type { DecisionStatement } from '../src/approval/statement.ts';
import { canonical } from '../src/canonical.ts';
import { signJws } from '../src/grant/jws.ts';
import { formatNote, parseNote } from '../src/ledger/note.ts';
import { type Disclosures } from '../src/ledger/receipt.ts';
import { createMemoryStore } from '../src/testing/index.ts';
import { must } from './office.ts';
import {
  ORIGIN,
  keyOf,
  grantKey,
  otherLog,
  otherKey,
  receiptOf,
  type Executed,
  type Loose,
} from './vector-story.ts';

/** A receipt and why it must be refused. */
export type Broken = { readonly name: string; readonly refusal: string; readonly receipt: string };

/** The same stream with other events, in a log of its own, signed as if it were honest. */
export async function forged(
  { id }: Pick<Executed, 'id'>,
  events: readonly ApprovalEvent[],
  options: { readonly from?: number; readonly disclose?: Disclosures } = {},
): Promise<string> {
  const store = createMemoryStore();
  const entries = events.map((event, i) => encodeEntry(id, (options.from ?? 1) + i, event));
  must(await store.append({ stream: id, expectedVersion: 0, entries }));
  return receiptOf(store, id, options.disclose ? { disclosures: options.disclose } : {});
}

/** Events with one changed: `path` leads to the member that becomes `value`. */
export function changed(
  events: readonly ApprovalEvent[],
  type: ApprovalEvent['type'],
  path: string,
  value: unknown,
): readonly ApprovalEvent[] {
  const copy = structuredClone(events) as ApprovalEvent[];
  const steps = path.split('.');
  let at = copy.find((event) => event.type === type) as unknown as Loose;
  for (const step of steps.slice(0, -1)) at = at[step] as Loose;
  const last = steps.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const voteOf = (person: string, human: string, base: Vote): Vote => ({
  ...base,
  human,
  statement: { ...base.statement, person },
});

/** Receipts whose log is honestly signed but whose events break a rule, with the refusal each must meet. */
export async function brokenEvidence(story: Executed): Promise<readonly Broken[]> {
  const { events, action, salt, view } = story;
  const zero = `sha256:${'0'.repeat(64)}`;
  const one = `sha256:${'1'.repeat(64)}`;
  const votes = events.flatMap((event) => (event.type === 'approval.vote-cast' ? [event] : []));
  const [first] = votes;
  if (!first) throw new Error('nobody voted');
  const without = (type: ApprovalEvent['type']) => events.filter((event) => event.type !== type);
  const insert = (index: number, event: ApprovalEvent) => events.toSpliced(index, 0, event);
  const withVoter = (person: string, human: string) =>
    events.map((event) =>
      event === first ? { ...event, vote: voteOf(person, human, first.vote) } : event,
    );
  const requested = events.find(({ type }) => type === 'approval.requested');
  const redeemed = events.find(({ type }) => type === 'grant.redeemed');
  if (requested?.type !== 'approval.requested' || redeemed?.type !== 'grant.redeemed')
    throw new Error('not asked');
  const vote = 'approval.vote-cast';
  const statement = (name: keyof DecisionStatement, value: unknown) =>
    changed(events, vote, `vote.statement.${name}`, value);
  const weaker = requested.requirements.map((need) => ({ ...need, quorum: 1 }));
  const tried: ApprovalEvent = {
    type: 'approval.vote-refused',
    at: first.at,
    by: 'mona',
    human: 'mona',
    because: 'excluded',
    choice: 'approve',
    channel: 'api',
  };
  const rows: readonly (readonly [string, string, readonly ApprovalEvent[]])[] = [
    ['R5 the owner votes', 'excluded-voter', withVoter('mona', 'mona')],
    ['R5 a linked account of the owner votes', 'excluded-voter', withVoter('mona-admin', 'mona')],
    ['R5 the person acted for votes', 'excluded-voter', withVoter('carl', 'carl')],
    ['R5 the agent votes', 'excluded-voter', withVoter('data-bot', 'data-bot')],
    ['EV-5 one human votes twice', 'repeated-voter', withVoter('ben-too', 'ben')],
    ['EV-7 a vote is missing', 'requirements-unmet', events.filter((event) => event !== first)],
    [
      'EV-7 a voter of another group',
      'event-mismatch',
      changed(events, vote, 'vote.groups', ['interns']),
    ],
    ['EV-7 a stale vote', 'requirements-unmet', statement('issuedAt', 1_600_000_000_000)],
    ['DS-4 another approval', 'statement-mismatch', statement('approvalId', 'apr_other')],
    ['DS-4 another version', 'statement-mismatch', statement('version', 2)],
    ['DS-4 another action', 'statement-mismatch', statement('actionDigest', one)],
    ['DS-4 another view', 'statement-mismatch', statement('seenDigest', one)],
    ['DS-4 another installation', 'statement-mismatch', statement('origin', 'other.example')],
    ['DS-4 another policy set', 'policy-digest-mismatch', statement('policyDigest', one)],
    ['DS-5 an expired statement', 'statement-mismatch', statement('expiresAt', 1_700_000_000_000)],
    ['DS-6 a short nonce', 'event-malformed', statement('nonce', 'abc')],
    ['DS-1 a member is missing', 'event-malformed', statement('person', undefined)],
    ['DS-1 a member rides along', 'event-malformed', changed(events, vote, 'vote.statement.x', 1)],
    ['EV-1 no digest', 'event-malformed', changed(events, 'action.proposed', 'digest', undefined)],
    [
      'EV-1 another stream',
      'event-mismatch',
      changed(events, 'action.proposed', 'actionId', 'act_x'),
    ],
    ['EV-2 never judged', 'event-out-of-order', without('action.judged')],
    ['EV-2 a grant without a yes', 'event-out-of-order', without('approval.approved')],
    ['EV-2 an outcome before redeeming', 'event-out-of-order', without('grant.redeemed')],
    [
      'EV-2 an unknown type of event',
      'event-out-of-order',
      insert(3, { type: 'approval.blessed', at: first.at } as never),
    ],
    [
      'EV-3 weaker demands than policy’s',
      'event-mismatch',
      changed(events, 'approval.requested', 'requirements', weaker),
    ],
    ['R4 redeemed twice', 'grant-reused', events.toSpliced(events.indexOf(redeemed), 0, redeemed)],
    [
      'GR-5 redeemed by another',
      'event-mismatch',
      changed(events, 'grant.redeemed', 'by', 'thief'),
    ],
    [
      'GR-3 redeemed after its use-by',
      'event-mismatch',
      changed(events, 'grant.redeemed', 'at', 1_800_000_000_000),
    ],
    [
      'GR-7 a grant that outlives its votes',
      'event-mismatch',
      changed(events, 'grant.issued', 'grant.useBy', 1_800_000_000_000),
    ],
    [
      'EV-11 revealed before anything was proposed',
      'event-out-of-order',
      insert(0, { type: 'action.revealed', at: first.at, by: 'ana', path: '', reason: 'why' }),
    ],
    [
      'EV-11 revealed to nobody',
      'event-malformed',
      insert(3, { type: 'action.revealed', at: first.at, path: '', reason: 'why' } as never),
    ],
    ['EV-12 a refused answer told twice', 'event-mismatch', events.toSpliced(3, 0, tried, tried)],
    ['EV-12 refused after the decision', 'event-out-of-order', [...events, tried]],
    [
      'EV-12 refused for another reason',
      'event-malformed',
      insert(3, { ...tried, because: 'busy' } as never),
    ],
    [
      'EV-21 approved though not shown whole',
      'event-mismatch',
      changed(events, vote, 'vote.shown', { renderer: 'slack/1', digest: zero, complete: false }),
    ],
    [
      'EV-21 shown by nobody knows what',
      'event-malformed',
      changed(events, vote, 'vote.shown', { digest: zero, complete: true }),
    ],
    [
      'EV-18 turned away for a reason that does not belong to it',
      'event-malformed',
      [
        ...events.slice(0, 2),
        {
          type: 'action.turned-away',
          at: first.at,
          code: 'budget-exhausted',
          because: 'locked',
          retryAt: first.at,
        },
      ],
    ],
    [
      'EV-18 spared is nobody’s name',
      'event-malformed',
      changed(events, 'approval.requested', 'spared', [7]),
    ],
    [
      'EV-24 repeated less than once',
      'event-malformed',
      changed(events, 'action.executed', 'report.repeats', 0),
    ],
    ['GR-5 another reports', 'event-mismatch', changed(events, 'action.executed', 'by', 'thief')],
    ...brokenDrills(events, first, without('approval.approved')),
  ];
  const evidence = await Promise.all(
    rows.map(async ([name, refusal, course]) => ({
      name,
      refusal,
      receipt: await forged(story, course),
    })),
  );
  const disclosing = async (
    name: string,
    refusal: string,
    disclose: Disclosures,
    course: readonly ApprovalEvent[] = events,
  ) => ({
    name,
    refusal,
    receipt: await forged(story, course, { disclose }),
  });
  const otherAction: Action = { ...action, arguments: { ...action.arguments, limit: 1_000_000 } };
  const smuggled = { ...action, salt: 'x' } as Action;
  const liar: View = { ...view, digest: zero as View['digest'] };
  const shownLiar = events.map((event) => {
    if (event.type === 'approval.requested') return { ...event, seenDigest: digestView(liar) };
    if (event.type !== vote) return event;
    const told = { ...event.vote.statement, seenDigest: digestView(liar) };
    return { ...event, vote: { ...event.vote, statement: told } };
  });
  const disclosed = await Promise.all([
    disclosing('AD-3 a changed argument', 'action-digest-mismatch', {
      action: { action: otherAction, salt },
    }),
    disclosing('AD-3 another salt', 'action-digest-mismatch', {
      action: { action, salt: 'A'.repeat(22) },
    }),
    disclosing('AD-4 a salt in another spelling', 'extra-malformed', {
      action: { action, salt: `${salt}==` },
    }),
    disclosing('AD-1 a salt within the action', 'extra-malformed', {
      action: { action: smuggled, salt },
    }),
    disclosing(
      'AD-7 another type recorded',
      'action-mismatch',
      { action: { action, salt } },
      changed(events, 'action.proposed', 'actionType', 'crm.read'),
    ),
    disclosing('DS-7 another view', 'seen-digest-mismatch', {
      view: { ...view, headline: 'Read one row' },
    }),
    disclosing('DS-8 a view of another action', 'view-mismatch', { view: liar }, shownLiar),
  ]);
  const gap = {
    name: 'EV-1 the first entry is missing',
    refusal: 'stream-gap',
    receipt: await forged(story, events, { from: 2 }),
  };
  return [...evidence, ...disclosed, gap];
}

/** Drills that were run, and batches that are none. */
function brokenDrills(
  events: readonly ApprovalEvent[],
  { at, vote }: Extract<ApprovalEvent, { type: 'approval.vote-cast' }>,
  unapproved: readonly ApprovalEvent[],
): readonly (readonly [string, string, readonly ApprovalEvent[]])[] {
  const drilled = (course: readonly ApprovalEvent[], is: unknown = true) =>
    changed(course, 'action.proposed', 'drill', is);
  const ended = (result: DrillResult, by?: string): ApprovalEvent => ({
    type: 'approval.drill-ended',
    at,
    result,
    ...(by === undefined ? {} : { by }),
  });
  const [proposed, judged, requested] = events;
  if (!proposed || !judged || !requested) throw new Error('not asked');
  const asked = drilled([proposed, judged, requested]);
  const no = changed(
    [{ type: 'approval.vote-cast', at, vote }],
    'approval.vote-cast',
    'vote.statement.choice',
    'deny',
  );
  const order = 'event-out-of-order';
  const batch = (value: unknown) => changed(events, 'approval.vote-cast', 'vote.batch', value);
  return [
    ['EV-19 a drill that was approved and ran', order, drilled(events)],
    ['EV-19 a drill with a grant', order, drilled(unapproved)],
    ['EV-19 a drill in another word', 'event-malformed', drilled(events, 'yes')],
    [
      'EV-19 a grant after the end',
      order,
      [...asked, ...no, ended('caught', 'dana'), ...events.slice(-3)],
    ],
    ['EV-19 no drill, and ended as one', order, [proposed, judged, requested, ended('unanswered')]],
    [
      'EV-19 missed with too few answers',
      'requirements-unmet',
      [...asked, ended('missed', 'dana')],
    ],
    ['EV-19 unanswered before its time', 'event-mismatch', [...asked, ended('unanswered')]],
    ['EV-19 skipped and asked', 'event-mismatch', [...asked, ended('skipped')]],
    [
      'EV-19 a no that was not counted',
      'event-mismatch',
      [...asked, ...no, ended('missed', 'dana')],
    ],
    ['EV-19 caught by another', 'event-mismatch', [...asked, ...no, ended('caught', 'ben')]],
    [
      'EV-20 a batch of none',
      'event-malformed',
      batch({ digest: vote.statement.seenDigest, size: 0 }),
    ],
    [
      'EV-20 a batch of too many',
      'event-malformed',
      batch({ digest: vote.statement.seenDigest, size: 51 }),
    ],
    ['EV-20 a batch of anything', 'event-malformed', batch({ digest: 'x', size: 2 })],
  ];
}

/** `extra` taken apart, changed and put together again. */
export function withExtra(receipt: string, change: (extra: Loose) => unknown): string {
  return receipt.replace(/^extra (.*)$/m, (_, base64: string) => {
    const extra = JSON.parse(Buffer.from(base64, 'base64').toString()) as Loose;
    const next = change(extra);
    const text = typeof next === 'string' ? next : canonical(next);
    return `extra ${Buffer.from(text).toString('base64')}`;
  });
}

type Row = readonly [name: string, refusal: string, receipt: string];

const text = (entry: Loose) => String(entry['entry']);
const proof = (entry: Loose) => entry['proof'] as readonly string[];
const flip = (base64: string): string => (base64.startsWith('A') ? 'B' : 'A') + base64.slice(1);

/** Honest events in a file somebody touched. */
export function brokenFiles(receipt: string, grant: string): readonly Broken[] {
  const rows = [
    ...brokenShapes(receipt),
    ...brokenEntries(receipt),
    ...brokenCheckpoints(receipt),
    ...brokenGrants(receipt, grant),
  ];
  return rows.map(([name, refusal, broken]) => ({ name, refusal, receipt: broken }));
}

function brokenShapes(receipt: string): readonly Row[] {
  const extra = (change: (extra: Loose) => unknown) => withExtra(receipt, change);
  const unpadded = extra((one) => ({ ...one, grant: 'xx' })).replace(/=+$/m, '');
  return [
    ['RC-1 another first line', 'receipt-malformed', receipt.replace('@v1', '@v2')],
    ['RC-1 a leading zero', 'receipt-malformed', receipt.replace('\nindex ', '\nindex 0')],
    ['RC-1 no `extra`', 'receipt-malformed', receipt.replace(/^extra .*\n/m, '')],
    ['RC-1 a checkpoint cut short', 'checkpoint-malformed', receipt.slice(0, -1)],
    ['RC-2 base64 without padding', 'extra-malformed', unpadded],
    ['RC-2 white space', 'extra-malformed', extra((one) => `${canonical(one)} `)],
    ['RC-3 an unknown member', 'extra-malformed', extra((one) => ({ ...one, keys: [] }))],
    ['RC-3 another version', 'extra-malformed', extra((one) => ({ ...one, v: 2 }))],
    [
      'RC-3 an unknown disclosure',
      'extra-malformed',
      extra((one) => ({ ...one, disclosures: { note: {} } })),
    ],
  ];
}

function brokenEntries(receipt: string): readonly Row[] {
  const entries = (change: (entries: readonly Loose[]) => readonly Loose[]) =>
    withExtra(receipt, (extra) => ({ ...extra, entries: change(extra['entries'] as Loose[]) }));
  const first = (change: (entry: Loose) => Loose) =>
    entries((all) => all.map((entry, i) => (i === 0 ? { ...entry, ...change(entry) } : entry)));
  const swapped = entries(([one, two, ...rest]) => (one && two ? [two, one, ...rest] : []));
  return [
    ['RC-4 the last entry left out', 'extra-malformed', entries((all) => all.slice(0, -1))],
    ['RC-4 an entry in the middle left out', 'stream-gap', entries((all) => all.toSpliced(3, 1))],
    ['RC-4 two entries in each other’s place', 'stream-gap', swapped],
    [
      'RC-4 an entry that is not canonical',
      'entry-malformed',
      first((entry) => ({ entry: ` ${text(entry)}` })),
    ],
    [
      'RC-9 an entry changed',
      'not-included',
      first((entry) => ({ entry: text(entry).replace('"crm"', '"hrm"') })),
    ],
    [
      'RC-9 a changed proof',
      'not-included',
      first((entry) => ({ proof: proof(entry).map((hash, k) => (k === 0 ? flip(hash) : hash)) })),
    ],
    [
      'RC-9 a proof that is too short',
      'not-included',
      first((entry) => ({ proof: proof(entry).slice(1) })),
    ],
    [
      'RC-9 an index beyond the tree',
      'not-included',
      entries((all) =>
        all.map((entry, i) => (i < all.length - 1 ? entry : { ...entry, index: 999 })),
      ).replace(/^index .*$/m, 'index 999'),
    ],
  ];
}

function brokenCheckpoints(receipt: string): readonly Row[] {
  const cut = receipt.indexOf('\n\n');
  const [claims, checkpoint] = [receipt.slice(0, cut), receipt.slice(cut + 2)];
  const { text: head, signatures } = parseNote(checkpoint) ?? { text: '', signatures: [] };
  const [log, witness] = signatures;
  if (!log || !witness) throw new Error('not signed');
  const under = (note: string): string => `${claims}\n\n${note}`;
  const bytes = witness.bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
  const otherText = head.replace(ORIGIN, otherLog.name);
  const otherRoot = checkpoint.replace(
    /^(.*\n\d+\n)(.{43})=/,
    (_, before: string, hash: string) => `${before}${flip(hash)}=`,
  );
  return [
    [
      'RC-6 another origin',
      'origin-unknown',
      under(formatNote(otherText, [otherLog.sign(otherText)])),
    ],
    ['RC-7 only a witness signed', 'log-signature-missing', under(formatNote(head, [witness]))],
    [
      'RC-7 signed by another key of that name',
      'log-signature-missing',
      under(formatNote(head, [otherKey.sign(head), witness])),
    ],
    ['RC-7 a root nobody signed', 'log-signature-invalid', under(otherRoot)],
    [
      'RC-8 a cosignature that fails',
      'cosignature-invalid',
      under(formatNote(head, [log, { ...witness, bytes }])),
    ],
    ['RC-8 no cosignature', 'quorum-not-met', under(formatNote(head, [log]))],
  ];
}

function brokenGrants(receipt: string, grant: string): readonly Row[] {
  const granted = (token: string) => withExtra(receipt, (extra) => ({ ...extra, grant: token }));
  const claims = JSON.parse(
    Buffer.from(grant.split('.')[1] ?? '', 'base64url').toString(),
  ) as object;
  const typ = 'countersign-grant+jwt';
  return [
    ['GR-1 not a JWS', 'extra-malformed', granted('a.b.c')],
    ['GR-1 another type', 'extra-malformed', granted(signJws(claims, 'JWT', grantKey))],
    [
      'GR-2 a grant of another action',
      'grant-mismatch',
      granted(signJws({ ...claims, act: 'act_other' }, typ, grantKey)),
    ],
    [
      'GR-4 a grant signed by another key',
      'grant-signature-invalid',
      granted(signJws(claims, typ, keyOf(9))),
    ],
  ];
}
