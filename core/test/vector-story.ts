// The stories the vectors of docs/spec tell, always the same: seeded random, fixed clock, fixed keys.
import type { Action } from '../src/action/action.ts';
import type { View } from '../src/action/view.ts';
import { batchOf } from '../src/approval/batch.ts';
import { decodeEntry } from '../src/approval/entry.ts';
import type { ApprovalEvent } from '../src/approval/event.ts';
import { canonical } from '../src/canonical.ts';
import { readSigningKey, sha256, type SigningKey } from '../src/crypto.ts';
import { createGatekeeper } from '../src/gatekeeper.ts';
import { jwkOf } from '../src/grant/jws.ts';
import type { ActionId } from '../src/ids.ts';
import type { Judgement } from '../src/judgement.ts';
import { signCheckpoint } from '../src/ledger/checkpoint.ts';
import {
  createCosigner,
  createLogSigner,
  formatNote,
  parseNote,
  type NoteSigner,
} from '../src/ledger/note.ts';
import { buildReceipt, type ReceiptParts } from '../src/ledger/receipt.ts';
import type { LedgerStore, StoredEntry } from '../src/ports.ts';
import { opened, shown } from '../src/release.ts';
import { allow, must, openOffice, requirement, review, who, type Office } from './office.ts';

export const ORIGIN = 'test.example/ledger';

export const keyOf = (seed: number): SigningKey => {
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.alloc(32, seed),
  ]);
  return readSigningKey(
    `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  );
};
const logKey = createLogSigner(ORIGIN, keyOf(1));
const witnessKey: NoteSigner = createCosigner('witness.example/w1', keyOf(2), () => 1_700_000_100);
export const grantKey: SigningKey = keyOf(3);
export const otherLog: NoteSigner = createLogSigner('other.example/ledger', keyOf(4));
export const otherKey: NoteSigner = createLogSigner(ORIGIN, keyOf(5));

export const TRUST: string = `# whom to believe
log ${logKey.vkey}
witness w1 ${witnessKey.vkey}
group witnesses all w1
quorum witnesses
`;
export const JWKS: string = canonical({ keys: [jwkOf(grantKey.publicKey)] });

/** The office of the tests with nothing left to chance. */
export function openFixedOffice(says: Judgement): Office {
  const office = openOffice(says);
  let drawn = 0;
  const random = (length: number): Uint8Array =>
    Uint8Array.from(
      Buffer.from(sha256(`random ${drawn++}`).slice('sha256:'.length), 'hex').subarray(0, length),
    );
  const parts = { ...office.parts, random, grantKey };
  const secrets = { ...office.parts.secrets, fingerprintKey: Buffer.alloc(32, 7) };
  const gatekeeper = createGatekeeper({ ...parts, secrets });
  const propose: Office['propose'] = (more = {}) =>
    gatekeeper.propose({
      agent: 'data-bot',
      type: 'crm.export',
      resource: { type: 'Database', id: 'crm' },
      arguments: { table: 'customers' },
      ...more,
    });
  return Object.assign(office, { parts: { ...parts, secrets }, gatekeeper, propose });
}

/** Signs a store's head as the log and its witness. */
async function checkpointOf(store: LedgerStore): Promise<string> {
  const note = signCheckpoint(await store.head(), logKey);
  const parsed = parseNote(note);
  if (!parsed) throw new Error('not a note');
  return formatNote(parsed.text, [...parsed.signatures, witnessKey.sign(parsed.text)]);
}

export const sealing: NonNullable<ReceiptParts['grant']> = { issuer: ORIGIN, key: grantKey };

export async function receiptOf(
  store: LedgerStore,
  stream: ActionId,
  more: Pick<ReceiptParts, 'disclosures' | 'enrolment' | 'grant'> = { grant: sealing },
): Promise<string> {
  const checkpoint = await checkpointOf(store);
  return must(await buildReceipt({ store, stream, checkpoint, ...more }));
}

/** JSON to be tampered with. */
export type Loose = { [name: string]: unknown };

/** The event of an entry alone, to be put elsewhere. */
export function eventOf(stored: StoredEntry): ApprovalEvent {
  const { v: _, stream: __, n: ___, ...event } = decodeEntry(stored) as unknown as Loose;
  return event as unknown as ApprovalEvent;
}

/** One whole story: its office, its events alone, and the private parts that can be disclosed. */
export type Executed = {
  readonly office: Office;
  readonly id: ActionId;
  readonly events: readonly ApprovalEvent[];
  readonly action: Action;
  readonly salt: string;
  readonly view: View;
  readonly grant: string;
};

/** Four eyes over two groups, redeemed, executed, everything disclosed; other actions in between. */
export async function executed(): Promise<Executed> {
  const office = openFixedOffice(
    review(
      requirement({ quorum: 2 }),
      requirement({ groups: ['security'], policies: ['pii'], why: ['Personal data leaves'] }),
    ),
  );
  const { gatekeeper, clock } = office;
  const { status } = must(
    await office.propose({
      onBehalfOf: 'carl',
      session: { id: 's-1', startedBy: 'mona' },
      claim: 'The monthly report needs it',
    }),
  );
  clock.advance(1_000);
  must(await office.propose({ arguments: { table: 'orders' } }));
  const vote = async (id: string) => {
    clock.advance(1_000);
    return must(await gatekeeper.vote(who(office, id), await office.ballotOf(status.id)));
  };
  await vote('dana');
  await vote('ana');
  const { grant } = await vote('ben');
  clock.advance(1_000);
  must(await gatekeeper.redeem(grant ?? '', 'data-bot'));
  clock.advance(500);
  must(await gatekeeper.report(status.id, 'data-bot', { outcome: 'executed', summary: '3 rows' }));
  must(await office.propose({ arguments: { table: 'products' } }));
  const payload = await opened(office.parts, status.id);
  const view = await shown(office.parts, status.id);
  if (!payload || !view) throw new Error('nothing was sealed');
  const { action, salt } = payload;
  const events = (await office.store.read(status.id)).map(eventOf);
  return { office, id: status.id, events, action, salt, view, grant: grant ?? '' };
}

/** A receipt and the state it proves. */
export type Ended = { readonly name: string; readonly state: string; readonly receipt: string };

/** Other ends an action can come to. */
export async function otherEnds(): Promise<readonly Ended[]> {
  const allowed = openFixedOffice(allow);
  const { status: free, grant } = must(await allowed.propose());
  must(await allowed.gatekeeper.redeem(grant ?? '', 'data-bot'));
  allowed.clock.advance(120_000);
  await allowed.gatekeeper.reconcile();
  must(await allowed.gatekeeper.close(free.id, who(allowed, 'mona'), 'failed', 'seen in the logs'));

  const denied = openFixedOffice(review());
  const { status: no } = must(await denied.propose());
  must(
    await denied.gatekeeper.vote(
      who(denied, 'dana'),
      await denied.ballotOf(no.id, { choice: 'deny', reason: 'too much' }),
    ),
  );

  const waiting = openFixedOffice(review());
  const { status: open } = must(await waiting.propose());

  const expired = openFixedOffice(review());
  const { status: late } = must(await expired.propose());
  expired.clock.advance(3_600_000);
  await expired.gatekeeper.reconcile();

  const staged = openFixedOffice(
    review(
      requirement({ kind: 'confirm', groups: [], policies: ['own'] }),
      requirement({ distinct: true, policies: ['one'] }),
      requirement({ groups: ['data-protection'], distinct: true, stage: 2, policies: ['two'] }),
    ),
  );
  const { status: both } = must(await staged.propose());
  const answer = async (id: string, control: 'vote' | 'confirm') =>
    must(
      await staged.gatekeeper.vote(who(staged, id), await staged.ballotOf(both.id, { control })),
    );
  await answer('mona-admin', 'confirm');
  await answer('ben', 'vote');
  await answer('ana', 'vote').catch(() => undefined);
  await answer('dana', 'vote').catch(() => undefined);
  const { state } = must({
    ok: true,
    value: (await staged.gatekeeper.answer(both.id))?.status ?? open,
  });

  const chatted = openFixedOffice(review());
  const { status: clicked } = must(await chatted.propose());
  const shownThere = { renderer: 'slack/1', digest: sha256('what was rendered'), complete: true };
  const click = await chatted.ballotOf(clicked.id, { channel: 'slack', shown: shownThere });
  must(await chatted.gatekeeper.vote(who(chatted, 'dana'), click));

  const tried = openFixedOffice(review());
  const { status: wanted } = must(
    await tried.propose({ arguments: { table: 't', password: 'x' } }),
  );
  const ballot = await tried.ballotOf(wanted.id);
  await tried.gatekeeper.vote(who(tried, 'mona'), ballot);
  const look = { actionId: wanted.id, path: '/password', reason: 'to be sure' };
  must(await tried.gatekeeper.reveal(who(tried, 'dana'), look));
  must(await tried.gatekeeper.vote(who(tried, 'dana'), ballot));
  must(await tried.gatekeeper.reveal(who(tried, 'ben'), look));

  return [
    ...(await drillEnds()),
    await togetherEnd(),
    {
      name: 'EV-11 EV-12 an attempt of the owner was told, a masked value revealed',
      state: 'approved',
      receipt: await receiptOf(tried.store, wanted.id),
    },
    {
      name: 'allowed, unknown, closed later',
      state: 'unknown-closed',
      receipt: await receiptOf(allowed.store, free.id),
    },
    {
      name: 'EV-21 approved by a click on what a channel rendered whole',
      state: 'approved',
      receipt: await receiptOf(chatted.store, clicked.id),
    },
    { name: 'voted down', state: 'denied', receipt: await receiptOf(denied.store, no.id) },
    { name: 'still waiting', state: 'pending', receipt: await receiptOf(waiting.store, open.id) },
    { name: 'nobody answered', state: 'expired', receipt: await receiptOf(expired.store, late.id) },
    {
      name: 'confirmed, then two distinct stages',
      state,
      receipt: await receiptOf(staged.store, both.id),
    },
  ];
}

/** A drill, and what is done about it. */
async function drillAfter(
  says: Judgement,
  then: (office: Office, id: ActionId) => Promise<unknown>,
): Promise<string> {
  const office = openFixedOffice(says);
  const { status } = must(await office.propose({ drill: { by: 'carl' } }));
  await then(office, status.id);
  await office.gatekeeper.reconcile();
  return receiptOf(office.store, status.id);
}

const danaSays =
  (choice: 'approve' | 'deny') =>
  async (office: Office, id: ActionId): Promise<unknown> =>
    must(await office.gatekeeper.vote(who(office, 'dana'), await office.ballotOf(id, { choice })));

/** Drills, by how they end. */
async function drillEnds(): Promise<readonly Ended[]> {
  const rows = [
    ['caught', await drillAfter(review(), danaSays('deny'))],
    ['missed', await drillAfter(review(), danaSays('approve'))],
    ['unanswered', await drillAfter(review(), async ({ clock }) => clock.advance(3_600_000))],
    ['skipped', await drillAfter(allow, async () => undefined)],
  ] as const;
  return rows.map(([name, receipt]) => ({
    name: `EV-19 a drill, ${name}`,
    state: 'cancelled',
    receipt,
  }));
}

/** Two requests that one person answered together. */
async function togetherEnd(): Promise<Ended> {
  const office = openFixedOffice(review());
  const { status } = must(await office.propose());
  const { status: other } = must(await office.propose({ arguments: { table: 'orders' } }));
  const ballots = [await office.ballotOf(status.id), await office.ballotOf(other.id)];
  const batch = batchOf(ballots);
  for (const ballot of ballots)
    must(await office.gatekeeper.vote(who(office, 'dana'), { ...ballot, batch }));
  return {
    name: 'EV-20 answered with another',
    state: 'approved',
    receipt: await receiptOf(office.store, status.id),
  };
}
