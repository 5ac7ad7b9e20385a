import type { Ack } from '../evidence.ts';
import type { Tell, Violation } from '../violation.ts';
import type { Check, MakeCheck, Step } from './check.ts';

/** What is left of one action once the ledger is read. */
type Course = {
  state: string;
  readonly digest: string;
  readonly fingerprint: string;
  isGranted: boolean;
  redeemedBy?: number;
  outcome?: string;
  readonly votes: Map<string, string>;
};

/** No entry lost, nothing doubled: whatever a client was acknowledged, or did, has its entry, and clients were told no other story. */
export const createAckCheck: MakeCheck<readonly Ack[]> = (tell, acks) => {
  const courses = new Map<string, Course>();
  const approvals = new Map<string, string>();
  const same = new Map<string, string[]>();

  function see({ seq, stream, event, after }: Step): void {
    if (event.type === 'action.proposed') {
      const { digest, fingerprint } = event;
      courses.set(stream, {
        state: 'none',
        digest,
        fingerprint,
        isGranted: false,
        votes: new Map(),
      });
      same.set(fingerprint, [...(same.get(fingerprint) ?? []), stream]);
    }
    const course = courses.get(stream);
    if (!course) return;
    course.state = after.state;
    if (event.type === 'approval.requested') approvals.set(event.approvalId, stream);
    if (event.type === 'approval.vote-cast')
      course.votes.set(event.vote.statement.person, event.vote.statement.choice);
    if (event.type === 'grant.issued') course.isGranted = true;
    if (event.type === 'grant.redeemed') course.redeemedBy ??= seq;
    if (event.type === 'action.executed') course.outcome = 'executed';
    if (event.type === 'action.failed') course.outcome = 'failed';
    if (event.type === 'action.closed') course.outcome = event.outcome;
  }

  return {
    see,
    end: () => {
      const look = { courses, approvals, same };
      for (const ack of acks) tellAll(tell, whatIsWrong(ack, look));
      tellAll(tell, doubled(acks));
    },
  } satisfies Check;
};

const tellAll = (tell: Tell, found: readonly Violation[]): void => found.forEach(tell);

type Look = {
  readonly courses: ReadonlyMap<string, Course>;
  readonly approvals: ReadonlyMap<string, string>;
  readonly same: ReadonlyMap<string, readonly string[]>;
};

const SETTLED: ReadonlySet<string> = new Set([
  'executed',
  'failed',
  'unknown',
  'denied',
  'expired',
  'cancelled',
  'unsatisfiable',
  'superseded',
  'lapsed',
  'revoked',
  'refused',
  'budget-exhausted',
]);

function whatIsWrong(ack: Ack, { courses, approvals, same }: Look): readonly Violation[] {
  const id = ack.kind === 'voted' ? (approvals.get(ack.approvalId) ?? ack.approvalId) : ack.id;
  const course = courses.get(id);
  const wrong = (rule: Violation['rule'], detail: string) => [about(rule, [id], detail)];
  const lost = (what: string) => wrong('ack-lost', `${what} was acknowledged and has no entry`);
  if (!course) return ack.kind === 'ran' ? wrong('ran-unpermitted', 'no entry') : lost(ack.kind);
  switch (ack.kind) {
    case 'proposed': {
      const streams = same.get(course.fingerprint) ?? [];
      return ack.isUnique && ack.key !== undefined && streams.length > 1
        ? [
            {
              rule: 'key-doubled',
              seqs: [],
              ids: streams,
              detail: `key \`${ack.key}\` is two actions`,
            },
          ]
        : [];
    }
    case 'told':
      return contradicts(ack.state, course)
        ? wrong('told-otherwise', `its agent was told \`${ack.state}\`, it is \`${course.state}\``)
        : [];
    case 'voted':
      return course.votes.get(ack.person) === ack.choice ? [] : lost(`a vote of \`${ack.person}\``);
    case 'redeemed':
      if (course.redeemedBy === undefined) return lost('a redeemed grant');
      return course.digest === ack.digest
        ? []
        : wrong('released-other', `released ${ack.digest}, proposed ${course.digest}`);
    case 'ran':
      return course.redeemedBy === undefined
        ? wrong('ran-unpermitted', 'no grant was redeemed')
        : [];
    case 'reported':
      return course.outcome === ack.outcome ? [] : lost(`the outcome \`${ack.outcome}\``);
  }
}

function contradicts(told: string, { state, isGranted, redeemedBy }: Course): boolean {
  if (SETTLED.has(told)) return told !== state;
  if (told === 'allowed' || told === 'approved') return !isGranted;
  return told === 'executing' && redeemedBy === undefined;
}

/** What must be there once in what the clients hold: one action of a key, one release, one side effect. */
function doubled(acks: readonly Ack[]): readonly Violation[] {
  const keys = new Map<string, Set<string>>();
  for (const ack of acks) {
    if (ack.kind !== 'proposed' || ack.key === undefined) continue;
    const name = `${ack.agent} ${ack.key}`;
    keys.set(name, (keys.get(name) ?? new Set()).add(ack.id));
  }
  return [
    ...repeated(acks, 'redeemed').map((id) =>
      about('redeemed-twice', [id], 'two clients were released the same action'),
    ),
    ...repeated(acks, 'ran').map((id) => about('ran-twice', [id], 'it was run more than once')),
    ...[...keys]
      .filter(([, ids]) => ids.size > 1)
      .map(([name, ids]) => about('key-doubled', [...ids], `\`${name}\` is two actions`)),
  ];
}

const about = (rule: Violation['rule'], ids: readonly string[], detail: string): Violation => ({
  rule,
  seqs: [],
  ids,
  detail,
});

/** Actions with more than one acknowledgement of a kind. */
function repeated(acks: readonly Ack[], kind: 'redeemed' | 'ran'): readonly string[] {
  const once = new Set<string>();
  const more = new Set<string>();
  for (const ack of acks) if (ack.kind === kind) (once.has(ack.id) ? more : once).add(ack.id);
  return [...more];
}
