// Stories of waivers and of broken glass, for the vectors: always the same.
import { encodeEntry } from '../src/approval/entry.ts';
import { canonical } from '../src/canonical.ts';
import { createGatekeeper } from '../src/gatekeeper.ts';
import type { ActionId } from '../src/ids.ts';
import { after } from '../src/time.ts';
import { createWaiverBook } from '../src/waiver/book.ts';
import { endorseWaiver, revokeWaiver } from '../src/waiver/endorse.ts';
import { proposeWaiver } from '../src/waiver/propose.ts';
import { must, requirement, review, who, type Office } from './office.ts';
import {
  eventOf,
  openFixedOffice,
  receiptOf,
  type Ended,
  type Executed,
  type Loose,
} from './vector-story.ts';
import { changed, forged, type Broken } from './vector-broken.ts';

type Told = Pick<Executed, 'id' | 'events' | 'office'>;

/** An action that runs under a waiver of two people, which is revoked afterwards. */
export async function waivedStory(): Promise<Told> {
  const waivable = { ms: 3_600_000, uses: 2 };
  const office = openFixedOffice(
    review(
      requirement({ quorum: 2, waivable }),
      requirement({ groups: ['security'], policies: ['pii'], waivable }),
    ),
  );
  const waivers = await createWaiverBook(office.parts);
  const gatekeeper = createGatekeeper({ ...office.parts, waivers });
  const { status: first } = must(await office.propose());
  const { approvalId, version, seenDigest } = await office.ballotOf(first.id);
  const how = { assurance: 'session', channel: 'console' } as const;
  const { asked } = must(
    await proposeWaiver(office.parts, who(office, 'dana'), {
      approvalId,
      version,
      seenDigest,
      scope: { limit: { atMost: 10 } },
      until: after(office.clock(), 3_000_000),
      uses: 2,
      reason: 'every night',
      ...how,
    }),
  );
  const { waiverId, termsDigest } = asked;
  for (const id of ['ben', 'ana']) {
    office.clock.advance(1_000);
    must(await endorseWaiver(office.parts, who(office, id), { waiverId, termsDigest, ...how }));
  }
  office.clock.advance(1_000);
  const proposal = {
    agent: 'data-bot',
    type: 'crm.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', limit: 3 },
  };
  const { status, grant } = must(await gatekeeper.propose(proposal));
  must(await gatekeeper.redeem(grant ?? '', 'data-bot'));
  must(await gatekeeper.report(status.id, 'data-bot', { outcome: 'executed' }));
  const by = who(office, 'dana');
  must(await revokeWaiver(office.parts, by, { waiverId, isAdministrator: false }));
  return { office, id: status.id, events: (await office.store.read(status.id)).map(eventOf) };
}

/** An action that somebody brought through alone, which was reviewed afterwards. */
export async function brokenStory(): Promise<Told> {
  const office = openFixedOffice(review(requirement({ quorum: 2, breakGlass: ['security'] })));
  const { status } = must(await office.propose());
  must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(status.id)));
  office.clock.advance(1_000);
  const { control: _, choice: __, ...ballot } = await office.ballotOf(status.id);
  const wish = { ...ballot, assurance: 'session', reason: 'production is down' } as const;
  const { grant } = must(await office.gatekeeper.breakGlass(who(office, 'ana'), wish));
  must(await office.gatekeeper.redeem(grant ?? '', 'data-bot'));
  must(await office.gatekeeper.report(status.id, 'data-bot', { outcome: 'executed' }));
  const found = { approvalId: ballot.approvalId, finding: 'justified', note: 'it was' } as const;
  must(await office.gatekeeper.reviewGlass(who(office, 'ben'), found));
  return { office, id: status.id, events: (await office.store.read(status.id)).map(eventOf) };
}

/** Receipts of both that verify. */
export async function exceptionalEnds(waived: Told, broken: Told): Promise<readonly Ended[]> {
  const receipt = ({ office, id }: Told): Promise<string> => receiptOf(office.store, id);
  return [
    { name: 'EV-13 waived', state: 'executed', receipt: await receipt(waived) },
    { name: 'EV-14 broken glass, reviewed', state: 'executed', receipt: await receipt(broken) },
  ];
}

/** Honestly signed logs in which a waiver or a broken glass is not what policy lets it be. */
export async function brokenExceptions(waived: Told, broken: Told): Promise<readonly Broken[]> {
  const glass = 'approval.glass-broken';
  const w = (path: string, value: unknown) => changed(waived.events, 'action.waived', path, value);
  const b = (path: string, value: unknown) => changed(broken.events, glass, path, value);
  const judged = (path: string, value: unknown) =>
    changed(waived.events, 'action.judged', path, value);
  const demanded = (name: string, value: unknown) =>
    changed(
      changed(broken.events, 'action.judged', `judgement.requirements.0.${name}`, value),
      'approval.requested',
      `requirements.0.${name}`,
      value,
    );
  const finding = (path: string, value: unknown) =>
    changed(broken.events, 'approval.glass-reviewed', path, value);
  const last = broken.events.at(-1);
  if (!last) throw new Error('nothing happened');
  const rows: readonly (readonly [Told, string, string, Told['events']])[] = [
    [waived, 'EV-13 names no waiver', 'event-mismatch', w('waivers', [])],
    [waived, 'EV-13 more uses than policy allows', 'event-mismatch', w('waivers.0.uses', 3)],
    [waived, 'EV-13 a use beyond the last', 'event-mismatch', w('waivers.0.use', 3)],
    [waived, 'EV-13 a waiver that was over', 'event-mismatch', w('waivers.0.until', 1)],
    [
      waived,
      'EV-13 a longer time than policy allows',
      'event-mismatch',
      w('waivers.0.until', 1_700_009_000_000),
    ],
    [waived, 'EV-13 no waiver’s id', 'event-mismatch', w('waivers.0.id', 'wvr_1')],
    [
      waived,
      'EV-13 policy lets nothing waive it',
      'event-mismatch',
      judged('judgement.requirements.0.waivable', undefined),
    ],
    [
      waived,
      'EV-13 a critical risk',
      'event-mismatch',
      judged('judgement.requirements.0.risk', 'critical'),
    ],
    [
      waived,
      'EV-13 a confirmation',
      'event-mismatch',
      judged('judgement.requirements.0.kind', 'confirm'),
    ],
    [
      waived,
      'EV-2 a grant that rests on nothing',
      'event-out-of-order',
      waived.events.filter(({ type }) => type !== 'action.waived'),
    ],
    [
      waived,
      'GR-7 outlives the waiver',
      'event-mismatch',
      changed(waived.events, 'grant.issued', 'grant.useBy', 1_700_003_700_000),
    ],
    [broken, 'EV-14 by one who may not', 'event-mismatch', b('groups', ['data-protection'])],
    [broken, 'EV-14 policy lets nobody', 'event-mismatch', demanded('breakGlass', undefined)],
    [broken, 'EV-14 a click in a chat', 'event-mismatch', b('assurance', 'chat')],
    [broken, 'EV-14 less assurance than demanded', 'proof-missing', b('assurance', 'passkey')],
    [broken, 'EV-14 without a reason', 'event-mismatch', b('reason', '  ')],
    [broken, 'EV-14 never to be reviewed', 'event-mismatch', b('reviewBy', 1)],
    [broken, 'EV-14 passes over nobody', 'event-mismatch', b('skipped', [])],
    [broken, 'EV-14 told of another', 'event-mismatch', b('by', 'ben')],
    [broken, 'EV-14 a no', 'event-mismatch', b('statement.choice', 'deny')],
    [
      broken,
      'EV-14 of another request',
      'statement-mismatch',
      b('statement.approvalId', 'apr_other'),
    ],
    [broken, 'R5 the owner breaks the glass', 'excluded-voter', b('human', 'mona')],
    [broken, 'EV-14 reviewed by who broke it', 'event-mismatch', finding('human', 'ana')],
    [broken, 'EV-14 reviewed by the owner', 'event-mismatch', finding('human', 'mona')],
    [broken, 'EV-14 reviewed twice', 'event-mismatch', [...broken.events, last]],
    [
      broken,
      'EV-14 reviewed, and nobody broke it',
      'event-mismatch',
      [...broken.events.slice(0, 3), last],
    ],
  ];
  return Promise.all(
    rows.map(async ([story, name, refusal, events]) => ({
      name,
      refusal,
      receipt: await forged(story, events),
    })),
  );
}

const typeOf = (entry: string): string => (JSON.parse(entry) as { type: string }).type;

const mismatch = (name: string, entries: readonly string[]) => ({
  name,
  refusal: 'waiver-mismatch',
  entries,
});

type Whole = { readonly name: string; readonly entries: readonly string[] };

/** Whole ledgers of the waived action, from the first entry, and with one thing changed (L35). */
export async function waiverLedgers({ office, id }: Told): Promise<{
  readonly about: string;
  readonly valid: readonly Whole[];
  readonly invalid: readonly (Whole & { readonly refusal: string })[];
}> {
  const { size } = await office.store.head();
  const all = (await office.store.range(0, size)).map(({ entry }) => entry);
  const without = (type: string, which = 0): readonly string[] => {
    const gone = all.filter((entry) => typeOf(entry) === type)[which];
    return renumbered(all.filter((entry) => entry !== gone));
  };
  const edited = (type: string, edit: (event: Loose) => void): readonly string[] =>
    all.map((entry) => {
      if (typeOf(entry) !== type) return entry;
      const event = JSON.parse(entry) as Loose;
      edit(event);
      return canonical(event);
    });
  const waiver = await usedTwice(office, id);
  const before = all.find((entry) => typeOf(entry) === 'waiver.revoked') ?? '';
  const early = (type: string): readonly string[] => {
    const rest = all.filter((entry) => entry !== before && typeOf(entry) !== 'waiver.spent');
    const at = rest.findIndex((entry) => typeOf(entry) === type);
    return renumbered(rest.toSpliced(at, 0, before));
  };
  return {
    about:
      'Entries of whole ledgers: an action that runs under a waiver. Those that do not verify break L35, with the refusal.',
    valid: [
      { name: 'endorsed by those who would have been asked, used, revoked', entries: all },
      { name: 'a use that was not told of', entries: without('waiver.spent') },
    ],
    invalid: [
      mismatch('an endorsement is missing', without('waiver.endorsed', 1)),
      mismatch('never in force', without('waiver.in-force')),
      mismatch(
        'one human endorses twice',
        edited('waiver.endorsed', (event) => ((event['vote'] as Loose)['human'] = 'ana')),
      ),
      mismatch(
        'R5 the owner endorses',
        edited('waiver.endorsed', (event) => ((event['vote'] as Loose)['human'] = 'mona')),
      ),
      mismatch(
        'other terms were endorsed',
        edited('waiver.proposed', (event) => (event['termsDigest'] = `sha256:${'1'.repeat(64)}`)),
      ),
      mismatch(
        'more uses than policy allows',
        edited('waiver.proposed', (event) => (event['uses'] = 3)),
      ),
      mismatch('revoked before the action', early('action.waived')),
      mismatch('revoked before it runs', early('grant.redeemed')),
      mismatch('one use twice', [...all.filter((entry) => entry !== before), ...waiver]),
    ],
  };
}

/** Numbers the entries of each stream anew. */
function renumbered(entries: readonly string[]): readonly string[] {
  const last = new Map<string, number>();
  return entries.map((entry) => {
    const event = JSON.parse(entry) as Loose & { readonly stream: string };
    const n = (last.get(event.stream) ?? 0) + 1;
    last.set(event.stream, n);
    return canonical({ ...event, n });
  });
}

/** The same action once more, under another id. */
async function usedTwice({ store }: Office, id: ActionId): Promise<readonly string[]> {
  const other = `${id.slice(0, -3)}zzz` as ActionId;
  const events = (await store.read(id)).map(eventOf);
  return events.map((event, i) =>
    encodeEntry(
      other,
      i + 1,
      event.type === 'action.proposed' ? { ...event, actionId: other } : event,
    ),
  );
}
