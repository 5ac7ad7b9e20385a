import { utf8 } from '../bytes.ts';
import { parseEntry, type Entry } from '../entry.ts';
import { START, step, type Course } from '../evidence/course.ts';
import type { Vote } from '../evidence/event.ts';
import { checkAction, checkDefinition, checkView, TOOL_CALL } from '../evidence/disclosure.ts';
import type { Broken, WaiverUse } from '../evidence/exception.ts';
import { checkGrant, type GrantCheck } from '../evidence/grant.ts';
import { hashLeaf, isIncluded } from '../ledger/tree.ts';
import { openCheckpoint, type Checkpoint } from '../note/checkpoint.ts';
import type { Trust } from '../note/trust.ts';
import { webPrimitives, type Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { checkAnswers, type PasskeyUsed } from './check-answers.ts';
import { parseReceipt, type ParsedReceipt } from './parse-receipt.ts';

/** What a verified receipt proves. Everything here was proven; what could not be says so. */
export type VerifiedReceipt = {
  readonly checkpoint: Checkpoint;
  readonly entries: readonly {
    readonly index: number;
    readonly type: string;
    readonly at: number;
  }[];
  readonly action: {
    readonly id: string;
    readonly type: string;
    readonly resource: { readonly type: string; readonly id: string };
    readonly digest: string;
    readonly agent: string;
    readonly owner: string;
    readonly onBehalfOf?: string;
  };
  /** The state after the last entry of this receipt. What happened after its checkpoint is not known to it (RC-12). */
  readonly state: string;
  readonly verdict?: string;
  readonly policyDigest?: string;
  readonly approvalId?: string;
  readonly votes: readonly Voted[];
  readonly confirmed?: Voted;
  readonly redeemedBy?: string;
  readonly closedAs?: string;
  /** Waivers it went on under: nobody was asked, nobody approved it. That they were in force a receipt cannot show. */
  readonly waivedBy?: readonly WaiverUse[];
  /** Somebody went ahead without those who were asked: this is no approval by quorum. */
  readonly brokenGlass?: BrokenGlass;
  readonly checks: {
    readonly action: 'valid' | 'not-disclosed';
    readonly view: 'valid' | 'not-disclosed';
    readonly grant: GrantCheck;
    /** Of a call of an MCP tool. */
    readonly definition?: 'valid' | 'not-disclosed';
    readonly waiver?: 'not-checked';
  };
};

/** Who broke the glass, why, and what was found. */
export type BrokenGlass = Pick<
  Broken,
  'reason' | 'reviewBy' | 'skipped' | 'finding' | 'reviewedBy'
> &
  Omit<Voted, 'choice'>;

/** One person's answer. */
export type Voted = {
  readonly person: string;
  readonly human: string;
  readonly choice: string;
  readonly assurance: string;
  readonly channel: string;
  readonly at: number;
  /** There when a passkey signed the very statement, the user verified; its key's enrolment is in the same ledger. */
  readonly passkey?: PasskeyUsed;
};

/**
 * Verifies a receipt, with nothing but it and the trust file. The order is the argument (RC-5):
 * shape → leaves → origin → log signature → cosignatures and quorum → inclusion → evidence → passkeys.
 */
export async function verifyReceipt(
  text: string,
  trust: Trust,
  { primitives = webPrimitives }: { readonly primitives?: Primitives } = {},
): Promise<Result<VerifiedReceipt>> {
  const parsed = parseReceipt(text);
  if (!parsed.ok) return parsed;
  const entries = readEntries(parsed.value);
  if (!entries.ok) return entries;
  const checkpoint = await openCheckpoint(primitives, parsed.value.checkpoint, trust);
  if (!checkpoint.ok) return checkpoint;
  const included = await checkInclusion(primitives, parsed.value, checkpoint.value);
  if (!included.ok) return included;
  const course = followCourse(entries.value, checkpoint.value.origin);
  if (!course.ok) return course;
  const signed = await checkAnswers(
    primitives,
    parsed.value.directory,
    entries.value,
    course.value,
  );
  if (!signed.ok) return signed;
  const checks = await checkDisclosures(primitives, parsed.value, course.value, {
    issuer: checkpoint.value.origin,
    keys: trust.grantKeys,
  });
  if (!checks.ok) return checks;
  return ok({
    checkpoint: checkpoint.value,
    entries: entries.value.map(({ index, entry }) => ({ index, type: entry.type, at: entry.at })),
    ...summaryOf(course.value, signed.value),
    checks: { ...checks.value, ...(course.value.waived ? { waiver: 'not-checked' } : {}) },
  });
}

/** An entry with its index and what it is called in messages. */
export type Numbered = { readonly index: number; readonly entry: Entry; readonly where: string };

/** Every entry is an event of one stream, in order, without a gap from its first (RC-4). */
function readEntries({ entries }: ParsedReceipt): Result<readonly Numbered[]> {
  const out: Numbered[] = [];
  for (const [i, { index, text }] of entries.entries()) {
    const entry = parseEntry(text);
    const where = `entry ${i + 1} (index ${index})`;
    if (!entry) return fail('entry-malformed', `${where} is not the canonical JSON of an event`);
    const [first, before] = [out[0], out.at(-1)];
    if (first && entry.stream !== first.entry.stream)
      return fail('stream-gap', `${where} is of another action than the first`);
    if (entry.n !== i + 1 || (before && index <= before.index))
      return fail('stream-gap', `${where} is number ${entry.n} of its action; expected ${i + 1}`);
    out.push({ index, entry, where: `entry ${i + 1} (${entry.type})` });
  }
  return ok(out);
}

async function checkInclusion(
  { sha256 }: Primitives,
  { entries, directory }: ParsedReceipt,
  { root, size }: Checkpoint,
): Promise<Result<void>> {
  for (const [i, { index, text, proof }] of [...entries, ...directory].entries()) {
    const leaf = await hashLeaf(sha256, utf8(text));
    if (!(await isIncluded(sha256, { leaf, index, size, root, proof })))
      return fail(
        'not-included',
        `entry ${i + 1} is not proven to stand at index ${index} of the signed tree of ${size}`,
      );
  }
  return ok(undefined);
}

function followCourse(entries: readonly Numbered[], origin: string): Result<Course> {
  let course = START;
  for (const { entry, where } of entries) {
    const next = step(course, { entry, origin, where });
    if (!next.ok) return next;
    course = next.value;
  }
  return ok(course);
}

async function checkDisclosures(
  primitives: Primitives,
  { action, view, definition, grant }: ParsedReceipt,
  course: Course,
  by: Parameters<typeof checkGrant>[3],
): Promise<Result<VerifiedReceipt['checks']>> {
  const actionHolds = action ? await checkAction(primitives, action, course) : ok(undefined);
  if (!actionHolds.ok) return actionHolds;
  const viewHolds = view ? await checkView(primitives, view, course) : ok(undefined);
  if (!viewHolds.ok) return viewHolds;
  const definitionHolds = definition
    ? await checkDefinition(primitives, definition, action, course)
    : ok(undefined);
  if (!definitionHolds.ok) return definitionHolds;
  const grantHolds =
    grant === undefined
      ? ok('not-included' as const)
      : await checkGrant(primitives, grant, course, by);
  if (!grantHolds.ok) return grantHolds;
  return ok({
    action: action ? 'valid' : 'not-disclosed',
    view: view ? 'valid' : 'not-disclosed',
    grant: grantHolds.value,
    ...(course.proposed?.actionType === TOOL_CALL && {
      definition: definition ? 'valid' : 'not-disclosed',
    }),
  });
}

function summaryOf(
  course: Course,
  used: ReadonlyMap<Vote, PasskeyUsed>,
): Omit<VerifiedReceipt, 'checkpoint' | 'entries' | 'checks'> {
  const votedOf = (vote: Vote): Voted => voted(vote, used.get(vote));
  const { proposed, judged, asked, confirmed, redeemed, closedAs, votes, state } = course;
  if (!proposed) throw new TypeError('a receipt has a first entry');
  const { lineage } = proposed;
  return {
    action: {
      id: proposed.actionId,
      type: proposed.actionType,
      resource: proposed.resource,
      digest: proposed.digest,
      agent: lineage.agent,
      owner: lineage.owner,
      ...(lineage.onBehalfOf === undefined ? {} : { onBehalfOf: lineage.onBehalfOf }),
    },
    state,
    ...(judged ? { verdict: judged.verdict, policyDigest: judged.policyDigest } : {}),
    ...(asked ? { approvalId: asked.approvalId } : {}),
    votes: votes.map(votedOf),
    ...(confirmed ? { confirmed: votedOf(confirmed) } : {}),
    ...(redeemed ? { redeemedBy: redeemed.by } : {}),
    ...(closedAs === undefined ? {} : { closedAs }),
    ...(course.waived ? { waivedBy: course.waived } : {}),
    ...(course.glass ? { brokenGlass: brokenOf(course.glass, votedOf) } : {}),
  };
}

function brokenOf({ vote, ...glass }: Broken, votedOf: (vote: Vote) => Voted): BrokenGlass {
  const { person, human, assurance, channel, at, passkey } = votedOf(vote);
  return { person, human, assurance, channel, at, ...(passkey ? { passkey } : {}), ...glass };
}

const voted = (
  { statement, human, assurance, channel, at }: Vote,
  passkey: PasskeyUsed | undefined,
): Voted => ({
  person: statement.person,
  human,
  choice: statement.choice,
  assurance,
  channel,
  at,
  ...(passkey ? { passkey } : {}),
});
