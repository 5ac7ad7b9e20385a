import { evolve } from './approval/evolve.ts';
import { isSettled, NONE, type Approval } from './approval/approval.ts';
import type { ApprovalEvent } from './approval/event.ts';
import { standingOf } from './approval/standing.ts';
import {
  evolveCopies,
  isCopyStream,
  NO_COPIES,
  standingOfCopies,
  type Copies,
  type CopyEvent,
} from './channel/copies.ts';
import { openClaim } from './change.ts';
import { createEntryProver, type DumpProgress, type StoreDump } from './dump.ts';
import { EPOCHS, epochsOf, type EpochBegun } from './ledger/epoch.ts';
import type { Hash } from './ledger/hash.ts';
import type { Standing } from './ports.ts';
import type { ToolEvent } from './tools/event.ts';
import { definitionBlob, TOOLS, toolStanding } from './tools/stream.ts';
import { waiverStanding, type WaiverProposed } from './waiver/waiver.ts';

/** What kind of thing does not fit. */
export type SurveyCode =
  | 'entry-damaged'
  | 'head-mismatch'
  | 'standing-mismatch'
  | 'claim-mismatch'
  | 'blob-missing';

/** One thing that does not fit: where, and in what way. */
export type SurveyProblem = {
  readonly code: SurveyCode;
  readonly where: string;
  readonly what: string;
};

/** What a look at all of a store found. */
export type Survey = {
  /** The first thousand; `count` is how many there are. */
  readonly problems: readonly SurveyProblem[];
  readonly count: number;
  readonly size: number;
  readonly streams: number;
  readonly epochs: readonly EpochBegun[];
  /** Root of the first entries, at a size that was among the `marks`; empty where the ledger has not that many. */
  readonly rootAt: (size: number) => Uint8Array;
  /** Root if one more leaf followed. To be asked once, for the entries are counted on. */
  readonly rootWith: (leaf: Hash) => Uint8Array;
};

/** Sizes to take the root at on the way. */
type SurveyOptions = { readonly marks?: readonly number[]; readonly onProgress?: DumpProgress };

type Tell = (code: SurveyCode, where: string, what: string) => void;

/** What is known of an action: its state while that may change, then only what its store must say. */
type Known = {
  open?: Approval;
  copies?: Copies;
  standing: string;
  caps?: string;
  claim?: string;
  needs: readonly string[];
};

const MOST_TOLD = 1_000;

/**
 * Compares everything a store keeps with what its entries say: hashes, tree, head and streams; standings with the fold of the
 * events; claims with what is open; blobs with the events that need them. Changes nothing. Remembers a line per action.
 */
export async function surveyDump(
  dump: StoreDump,
  { marks = [], onProgress = () => undefined }: SurveyOptions = {},
): Promise<Survey> {
  const problems: SurveyProblem[] = [];
  let count = 0;
  const tell: Tell = (code, where, what) => {
    if (count++ < MOST_TOLD) problems.push({ code, where, what });
  };
  const read = await readEntries(dump, { marks, onProgress, tell });
  await compareStandings(dump, read.actions, tell);
  await compareClaims(dump, read.actions, tell);
  await compareBlobs(dump, read.actions, tell);
  const { streams, epochs, rootAt, rootWith } = read;
  const { size } = dump.head;
  return { problems, count, size, streams: streams.size, epochs, rootAt, rootWith };
}

type Reading = {
  readonly marks: readonly number[];
  readonly onProgress: DumpProgress;
  readonly tell: Tell;
};

async function readEntries(dump: StoreDump, { marks, onProgress, tell }: Reading) {
  const prover = createEntryProver();
  const actions = new Map<string, Known>();
  const streams = new Set<string>();
  const epochs: EpochBegun[] = [];
  const roots = new Map([[0, prover.root()]]);
  for await (const page of dump.entries()) {
    for (const entry of page) {
      const { seq, stream, version } = entry;
      const wrong = prover.take(entry, Buffer.from(entry.entry));
      if (wrong !== undefined) tell('entry-damaged', `entry ${seq}`, wrong);
      streams.add(stream);
      if (marks.includes(seq + 1)) roots.set(seq + 1, prover.root());
      const event = eventOf(entry.entry);
      if (event?.stream !== stream || event.n !== version)
        tell(
          'entry-damaged',
          `entry ${seq}`,
          `does not say it is number ${version} of \`${stream}\``,
        );
      else if (stream === EPOCHS) epochs.push(...epochsOf([entry]));
      else note(actions, stream, event);
    }
    onProgress((page.at(-1)?.seq ?? -1) + 1);
  }
  const wrong = prover.finish(dump.head);
  if (wrong !== undefined) tell('head-mismatch', 'head', wrong);
  const rootAt = (size: number): Uint8Array => roots.get(size) ?? new Uint8Array(0);
  return { actions, streams, epochs, rootAt, rootWith: prover.rootWith };
}

type Told = { readonly stream?: unknown; readonly n?: unknown; readonly type?: unknown };

function eventOf(entry: string): (Told & ApprovalEvent) | undefined {
  try {
    return JSON.parse(entry) as Told & ApprovalEvent;
  } catch {
    return undefined;
  }
}

/** Blobs that are written with an event, by its type. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  'action.proposed': ['key', 'payload'],
  'approval.requested': ['view'],
  'grant.redeemed': ['again'],
  'waiver.proposed': ['key', 'terms'],
};

function note(actions: Map<string, Known>, stream: string, event: ApprovalEvent & Told): void {
  const known = actions.get(stream) ?? { open: NONE, standing: '', needs: [] };
  const isSet = event.n === 1 && stream.startsWith('policy-');
  const needs = isSet ? ['set'] : isAskedAlike(known.open, event) ? undefined : WRITTEN[event.type];
  if (needs) known.needs = [...known.needs, ...needs];
  if (stream.startsWith('act_') && known.open) follow(known, evolve(known.open, event));
  if (isCopyStream(stream)) followCopies(known, event);
  const waiver = event as unknown as WaiverProposed;
  if (waiver.type === 'waiver.proposed' && event.n === 1)
    known.standing = tellStanding(waiverStanding(waiver));
  if (stream.startsWith(TOOLS)) followTools(known, event as unknown as ToolEvent, event.n === 1);
  actions.set(stream, known);
}

function followTools(known: Known, event: ToolEvent, isFirst: boolean): void {
  if (isFirst) known.standing = tellStanding(toolStanding(event.at));
  const pins = 'tools' in event ? event.tools.map(({ pin }) => definitionBlob(pin)) : [];
  known.needs = [...known.needs, ...pins];
}

/** Redeemed on the very question that was judged: that is kept once, with the payload. */
const isAskedAlike = (open: Approval | undefined, event: ApprovalEvent): boolean =>
  event.type === 'grant.redeemed' &&
  open !== undefined &&
  'proposed' in open &&
  open.proposed.factsDigest === event.factsDigest;

function follow(known: Known, approval: Approval): void {
  const standing = standingOf(approval);
  known.standing = standing ? tellStanding(standing) : '';
  const caps = standing && tellCaps(standing);
  if (caps === undefined) delete known.caps;
  else known.caps = caps;
  if (approval.state === 'pending') known.claim = openClaim(approval.proposed.fingerprint);
  else delete known.claim;
  // an outcome that is unknown may be closed later, which changes nothing that is compared
  if (isSettled(approval)) delete known.open;
  else known.open = approval;
}

function followCopies(known: Known, event: Told): void {
  known.copies = evolveCopies(known.copies ?? NO_COPIES, event as CopyEvent);
  known.standing = tellStanding(standingOfCopies(known.copies));
}

const tellStanding = ({ state, approvalId, agent, createdAt, dueAt }: Standing): string =>
  JSON.stringify([state, approvalId ?? null, agent, createdAt, dueAt ?? null]);

/** Whose caps it counts against; undefined where that is not said: older versions and backups know of none. */
const tellCaps = ({ owner, session }: Standing): string | undefined =>
  owner === undefined ? undefined : JSON.stringify([owner, session ?? null]);

async function compareStandings(
  dump: StoreDump,
  actions: ReadonlyMap<string, Known>,
  tell: Tell,
): Promise<void> {
  const missing = new Set<string>();
  for (const [stream, { standing }] of actions) if (standing !== '') missing.add(stream);
  for await (const page of dump.standings())
    for (const { stream, standing } of page) {
      missing.delete(stream);
      const [kept, folded] = [tellStanding(standing), actions.get(stream)?.standing ?? ''];
      if (kept !== folded)
        tell('standing-mismatch', stream, `is kept as ${kept}, its events say ${folded || 'none'}`);
      const [caps, counted] = [tellCaps(standing), actions.get(stream)?.caps];
      if (caps !== undefined && counted !== undefined && caps !== counted)
        tell('standing-mismatch', stream, `counts for ${caps}, its events say ${counted}`);
    }
  for (const stream of missing)
    tell(
      'standing-mismatch',
      stream,
      `is not kept, its events say ${actions.get(stream)?.standing}`,
    );
}

async function compareClaims(
  dump: StoreDump,
  actions: ReadonlyMap<string, Known>,
  tell: Tell,
): Promise<void> {
  const missing = new Map<string, string>();
  for (const [stream, { claim }] of actions) if (claim !== undefined) missing.set(claim, stream);
  for await (const page of dump.claims())
    for (const { name, stream } of page) {
      if (missing.get(name) === stream) missing.delete(name);
      else if (name.startsWith(openClaim('')))
        tell('claim-mismatch', stream, `holds \`${name}\`, but does not wait for anybody under it`);
    }
  for (const [name, stream] of missing)
    tell('claim-mismatch', stream, `waits for people, but does not hold \`${name}\``);
}

async function compareBlobs(
  dump: StoreDump,
  actions: ReadonlyMap<string, Known>,
  tell: Tell,
): Promise<void> {
  for await (const page of dump.blobs())
    for (const { stream, name } of page) {
      const known = actions.get(stream);
      if (known) known.needs = known.needs.filter((need) => need !== name);
    }
  for (const [stream, { needs }] of actions)
    for (const name of needs)
      tell('blob-missing', stream, `has no \`${name}\`, neither kept nor erased`);
}
