import {
  createTree,
  encodeEntry,
  hashLeaf,
  instant,
  makeId,
  toBytes,
  utf8,
  type ApprovalEvent,
  type StoredEntry,
  type Vote,
} from '@countersign/core';
import type { Ack, Evidence } from '../evidence.ts';

export const START: number = Date.UTC(2026, 10, 20, 3);
const at = (seconds: number) => instant(START + seconds * 1000);

/** Events by stream, in ledger order. */
export type Line = readonly [stream: string, event: ApprovalEvent];

export const idOf = (prefix: 'act' | 'apr' | 'grt', n: number): string =>
  makeId(prefix, at(0), new Uint8Array(16).fill(n));
export const actionOf = (n: number): string => idOf('act', n);

const digestOf = (n: number) => `sha256:${String(n).padStart(64, '0')}` as const;

const REQUIREMENT = {
  kind: 'review',
  groups: ['data-owners'],
  quorum: 2,
  assurance: 'chat',
  expiresMs: 60_000,
  exclude: [],
  stage: 1,
  distinct: false,
  risk: 'medium',
  policies: ['large-export'],
  why: ['many rows'],
} as const;

/** Action number `n`: the entries that begin it, by what policy says. */
export function begun(n: number, verdict: 'allow' | 'review', agent = `agent-${n}`): Line[] {
  const [id, now] = [actionOf(n), at(n)];
  const opening = [
    {
      type: 'action.proposed',
      at: now,
      actionId: id,
      actionType: 'sql.export',
      schemaVersion: 1,
      resource: { type: 'Database', id: 'crm' },
      lineage: { agent, owner: 'mona', editors: [], delegators: [] },
      gate: 'api',
      digest: digestOf(n),
      fingerprint: `print-${n}`,
      factsDigest: digestOf(0),
    },
    {
      type: 'action.judged',
      at: now,
      judgement: {
        verdict,
        code: verdict === 'allow' ? 'permitted' : 'needs-review',
        matched: { permit: [], forbid: [], review: [] },
        shadow: [],
        errors: [],
        requirements: verdict === 'allow' ? [] : [REQUIREMENT],
        reasons: [],
        policyDigest: digestOf(1),
        engine: 'cedar',
      },
      execution: { audience: agent, deadlineMs: 60_000 },
    },
  ] as unknown as ApprovalEvent[];
  const next = verdict === 'allow' ? granted(n) : asked(n);
  return [...opening, next].map((event) => [id, event] as const);
}

const asked = (n: number): ApprovalEvent =>
  ({
    type: 'approval.requested',
    at: at(n),
    approvalId: idOf('apr', n),
    version: 1,
    requirements: [REQUIREMENT],
    excluded: [{ human: 'mona', because: 'owns the agent' }],
    expiresAt: at(n + 60),
    seenDigest: digestOf(7),
  }) as unknown as ApprovalEvent;

export const granted = (n: number): ApprovalEvent =>
  ({
    type: 'grant.issued',
    at: at(n),
    grant: { id: idOf('grt', n), audience: `agent-${n}`, notBefore: at(n), useBy: at(n + 60) },
  }) as unknown as ApprovalEvent;

/** A vote on action `n`; what is `other` about it may be wrong. */
export function voted(
  n: number,
  person: string,
  other: { choice?: 'approve' | 'deny'; groups?: string[]; late?: number; approval?: number } = {},
): Line {
  const { choice = 'approve', groups = ['data-owners'], late = 0, approval = n } = other;
  const statement = {
    v: 1,
    origin: 'localhost/x',
    approvalId: idOf('apr', approval),
    version: 1,
    actionDigest: digestOf(n),
    choice,
    person,
    seenDigest: digestOf(7),
    policyDigest: digestOf(1),
    issuedAt: at(n + 1),
    expiresAt: at(n + 60),
    nonce: 'n',
  };
  const vote = { statement, human: person, groups, assurance: 'chat', channel: 'api' };
  return [
    actionOf(n),
    { type: 'approval.vote-cast', at: at(n + 1 + late), vote: vote as unknown as Vote },
  ];
}

export const event = (n: number, type: ApprovalEvent['type'], more: object = {}): Line => [
  actionOf(n),
  { type, at: at(n + 2), ...more } as unknown as ApprovalEvent,
];

export const redeemed = (n: number): Line =>
  event(n, 'grant.redeemed', { by: `agent-${n}`, policyDigest: digestOf(1), deadline: at(n + 70) });

export const executed = (n: number): Line =>
  event(n, 'action.executed', { by: `agent-${n}`, report: { outcome: 'executed' } });

/** One allowed and one approved action, from proposal to outcome. */
export const sound = (): Line[] => [
  ...begun(1, 'allow'),
  redeemed(1),
  ...begun(2, 'review'),
  executed(1),
  voted(2, 'ana'),
  voted(2, 'ben'),
  event(2, 'approval.approved'),
  [actionOf(2), granted(2)],
  redeemed(2),
  executed(2),
];

/** What the clients of `sound` hold. */
export const heard = (): Ack[] => [
  ...[1, 2].flatMap((n): Ack[] => [
    { kind: 'proposed', id: actionOf(n), agent: `agent-${n}`, key: `k${n}`, isUnique: true },
    { kind: 'redeemed', id: actionOf(n), digest: digestOf(n) },
    { kind: 'ran', id: actionOf(n) },
    { kind: 'reported', id: actionOf(n), outcome: 'executed' },
  ]),
  { kind: 'voted', approvalId: idOf('apr', 2), person: 'ana', choice: 'approve' },
  { kind: 'told', id: actionOf(2), state: 'approved' },
  { kind: 'told', id: actionOf(2), state: 'executed' },
];

/** The entries of these events as a store has them. */
export function ledgerOf(lines: readonly Line[]): StoredEntry[] {
  const versions = new Map<string, number>();
  return lines.map(([stream, fact], seq) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    return { seq, stream, version, entry: encodeEntry(stream, version, fact) };
  });
}

/** The root of the first `size` entries, base64. */
export function rootOf(entries: readonly StoredEntry[], size: number = entries.length): string {
  const tree = createTree();
  for (const { entry } of entries.slice(0, size)) tree.push(hashLeaf(utf8(entry)));
  return Buffer.from(toBytes(tree.root())).toString('base64');
}

/** Evidence that fits these entries. */
export const evidenceOf = (entries: readonly StoredEntry[], acks: readonly Ack[]): Evidence => ({
  acks,
  head: { size: entries.length, root: rootOf(entries) },
  checkpoints: [{ size: 2, root: rootOf(entries, 2), from: 'replica-1' }],
  window: { from: START, to: START + 10_000 },
  outages: [],
  limits: { mostPending: 2, lateMs: 5_000, strayMs: 30_000 },
});
