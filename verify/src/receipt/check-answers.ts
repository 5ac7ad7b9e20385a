import { parseEntry } from '../entry.ts';
import type { Course } from '../evidence/course.ts';
import type { Vote } from '../evidence/event.ts';
import { checkSigned } from '../passkey/answer.ts';
import { readEnrolment, type Enrolment } from '../passkey/key.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ParsedReceipt } from './parse-receipt.ts';
import type { Numbered } from './verify-receipt.ts';

/** The passkey behind an answer that was verified. */
export type PasskeyUsed = {
  readonly credential: string;
  readonly level: 'passkey' | 'hardware';
  /** It may be on several devices, kept in step by an account of its vendor. */
  readonly isSynced: boolean;
  readonly enrolledAt: number;
};

/** How an answer was signed, in words for people. */
export const passkeyText = ({ level, isSynced }: Pick<PasskeyUsed, 'level' | 'isSynced'>): string =>
  `signed with a passkey, user verified, ${isSynced ? 'synced' : 'device-bound'}${level === 'hardware' ? ', attested' : ''}`;

/**
 * Every answer with a proof was signed by a passkey whose enrolment the receipt proves (RC-13); which passkey, by answer.
 * That it was not removed in between no receipt can show (RC-14).
 */
export async function checkAnswers(
  primitives: Primitives,
  directory: ParsedReceipt['directory'],
  entries: readonly Numbered[],
  course: Course,
): Promise<Result<ReadonlyMap<Vote, PasskeyUsed>>> {
  const keys = readKeys(directory);
  if (!keys.ok) return keys;
  const used = new Map<Vote, PasskeyUsed>();
  const needed = new Set<string>();
  for (const { vote, entry } of answersOf(entries, course)) {
    const credential = vote.proof?.credential;
    if (credential === undefined) continue;
    const key = keys.value.get(credential);
    const checked = await checkSigned(primitives, { vote, ...entry }, key);
    if (!checked.ok) return checked;
    needed.add(credential);
    if (key)
      used.set(vote, {
        credential,
        level: key.level,
        isSynced: checked.value.isBackupEligible,
        enrolledAt: key.at,
      });
  }
  // RC-2: nothing may be left over
  return needed.size === keys.value.size
    ? ok(used)
    : fail('extra-malformed', '`directory` has a passkey that signed nothing here');
}

function readKeys(directory: ParsedReceipt['directory']): Result<ReadonlyMap<string, Enrolment>> {
  const keys = new Map<string, Enrolment>();
  let before = -1;
  for (const { text, index } of directory) {
    const entry = parseEntry(text);
    if (entry?.stream !== 'directory' || entry.type !== 'passkey.enrolled' || index <= before)
      return fail('extra-malformed', '`directory` has something else than enrolments in order');
    const key = readEnrolment(entry, index);
    if (!key.ok) return key;
    if (keys.has(key.value.credential))
      return fail('enrolment-mismatch', `entry ${index}: this passkey was enrolled before`);
    keys.set(key.value.credential, key.value);
    before = index;
  }
  return ok(keys);
}

/** Each answer with the entry it stands in: votes and a confirmation keep their order. */
function answersOf(
  entries: readonly Numbered[],
  { votes, confirmed, glass }: Course,
): readonly { readonly vote: Vote; readonly entry: Numbered }[] {
  const of = (type: string): readonly Numbered[] =>
    entries.filter(({ entry }) => entry.type === type);
  return [
    ...of('approval.vote-cast').flatMap((entry, i) => pair(votes[i], entry)),
    ...pair(confirmed, of('approval.confirmed')[0]),
    ...pair(glass?.vote, of('approval.glass-broken')[0]),
  ];
}

const pair = (vote: Vote | undefined, entry: Numbered | undefined) =>
  vote && entry ? [{ vote, entry }] : [];
