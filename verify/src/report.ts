import type { Depth, VerifiedLedger } from './ledger/verify-ledger.ts';
import type { VerifiedRange } from './ledger/verify-range.ts';
import type { WaiverUse } from './evidence/exception.ts';
import type { Checkpoint } from './note/checkpoint.ts';
import { passkeyText } from './receipt/check-answers.ts';
import type { BrokenGlass, VerifiedReceipt, Voted } from './receipt/verify-receipt.ts';
import type { Result } from './result.ts';

/** What is printed at the end, as text or as one JSON object. */
export function report<T>(
  asked: { readonly json: boolean },
  result: Result<T>,
  linesOf: (value: T) => readonly string[],
): string {
  if (asked.json) {
    const body = result.ok
      ? { verified: true, ...result.value }
      : { verified: false, ...result.failure };
    return `${JSON.stringify(body, plain)}\n`;
  }
  const lines = result.ok
    ? ['verified', ...linesOf(result.value).map((line) => `  ${line}`)]
    : [`NOT VERIFIED (${result.failure.code})`, `  ${result.failure.message}`];
  return lines.map((line) => `${visible(line)}\n`).join('');
}

/** ATTACKER: names come from entries; none may move the cursor, turn text around or hide. */
const visible = (line: string): string =>
  line.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);

const plain = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array
    ? Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')
    : value;

const DEPTHS: Readonly<Record<Depth, string>> = {
  tree: 'not checked',
  streams: 'canonical, every stream without a gap; rules of each action NOT CHECKED',
  actions: 'canonical, every stream without a gap, every action by the rules',
};

const checkpointLines = ({ origin, size, witnesses, unsupported }: Checkpoint) => [
  `ledger     ${origin}, signed at ${size} entries`,
  `witnesses  ${witnesses.map(({ name, time }) => `${name} at ${iso(time * 1_000)}`).join(', ') || 'none'}`,
  ...(unsupported.length > 0 ? [`not read   signatures of ${unsupported.join(', ')}`] : []),
];

const iso = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;

/** What a person reads of a verified ledger. */
export const ledgerLines = (ledger: VerifiedLedger): readonly string[] => [
  ...checkpointLines(ledger.checkpoint),
  `entries    ${ledger.entries}, each hashed up to the signed root; ${ledger.tiles} tiles compared`,
  `events     ${DEPTHS[ledger.depth]}`,
];

/** What a person reads of a verified range. */
export const rangeLines = ({ checkpoint, from, entries }: VerifiedRange): readonly string[] => [
  ...checkpointLines(checkpoint),
  ...entries.map(
    ({ stream, n, type, at }, i) => `${from + i}  ${iso(at)}  ${stream} ${n}  ${type}`,
  ),
];

const votedLine = ({ choice, person, assurance, channel, at, passkey }: Voted): string =>
  `${choice} by ${person} (${assurance}, ${channel}) at ${iso(at)}${signedText(passkey)}`;

const signedText = (used: Voted['passkey']): string => (used ? `, ${passkeyText(used)}` : '');

const waivedLine = ({ id, use, uses, until }: WaiverUse): string =>
  `by ${id}, use ${use} of ${uses} until ${iso(until)}: nobody approved it; whether it was in force is NOT CHECKED`;

const glassLines = (glass: BrokenGlass): readonly string[] => [
  `GLASS      BROKEN by ${glass.person} (${glass.assurance}, ${glass.channel}) at ${iso(glass.at)}${signedText(glass.passkey)}`,
  `           without ${glass.skipped.join(', ')}: ${glass.reason}`,
  glass.finding === undefined
    ? `           not reviewed as of the checkpoint; due ${iso(glass.reviewBy)}`
    : `           reviewed by ${glass.reviewedBy ?? 'nobody'}: ${glass.finding}`,
];

const CHECKED = {
  valid: 'valid',
  'not-disclosed': 'not disclosed',
  'not-checked': 'NOT CHECKED: no --grant-keys given',
  'not-included': 'not included',
} as const;

/** What a person reads of a verified receipt. */
export const receiptLines = (receipt: VerifiedReceipt): readonly string[] => {
  const { action, votes, confirmed, redeemedBy, closedAs, checks } = receipt;
  return [
    ...checkpointLines(receipt.checkpoint),
    `action     ${action.id}`,
    `           ${action.type} on ${action.resource.type} ${action.resource.id}`,
    `           by agent ${action.agent} of ${action.owner}`,
    `digest     ${action.digest}`,
    `verdict    ${receipt.verdict ?? 'none'}, policy set ${receipt.policyDigest ?? 'none'}`,
    ...votes.map((vote) => `vote       ${votedLine(vote)}`),
    ...(confirmed ? [`confirmed  ${votedLine(confirmed)}`] : []),
    ...(receipt.waivedBy ?? []).map((waiver) => `WAIVED     ${waivedLine(waiver)}`),
    ...(receipt.brokenGlass ? glassLines(receipt.brokenGlass) : []),
    ...(redeemedBy === undefined ? [] : [`redeemed   by ${redeemedBy}`]),
    `state      ${receipt.state}${closedAs === undefined ? '' : ` as ${closedAs}`}, as of the checkpoint`,
    ...receipt.entries.map(({ index, type, at }) => `entry      ${index}  ${iso(at)}  ${type}`),
    `disclosed  action ${CHECKED[checks.action]}; view ${CHECKED[checks.view]}${checks.definition ? `; definition of the tool ${CHECKED[checks.definition]}` : ''}`,
    `grant      ${CHECKED[checks.grant]}`,
  ];
};
