import type { Looked } from '../src/review/decision-bar.ts';
import type { ApprovalPage, Me, View } from '../src/wire.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const VIEW = {
  v: 1,
  approvalId: 'apr_1',
  version: 1,
  headline: 'Export id of crm.customers',
  action: {
    id: 'act_1',
    type: 'sql.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', limit: 10 },
  },
  details: [],
  inspectable: 'full',
  risk: 'low',
  why: [{ policies: ['large-export'], text: 'Many rows' }],
  asks: [{ kind: 'review', groups: ['data-owners'], quorum: 1, assurance: 'session', stage: 1 }],
  excluded: [],
  agent: 'night-bot',
  owner: 'mona',
  digest: DIGEST,
  phrase: 'bahaf-hiduj-mofur-ruzaz',
  expiresAt: 1_000_000,
  complete: true,
} as unknown as View;

/** A request as the gateway would send it, with another view where a test wants one. */
export const pageOf = (view: Partial<View> = {}): ApprovalPage =>
  ({
    status: {
      id: 'act_1',
      state: 'pending',
      digest: DIGEST,
      createdAt: '2026-01-01T00:00:00.000Z',
      code: 'needs-review',
    },
    version: 1,
    seenDigest: DIGEST,
    view: { ...VIEW, ...view },
    votes: [],
    may: { vote: true, confirm: false, needs: 'session' },
    requirements: [],
    timeline: [],
    similar: { among: 0, approved: 0, denied: 0, other: 0, items: [] },
    names: {},
    revealable: [],
  }) as unknown as ApprovalPage;

/** A person who may answer, signed in a moment ago, without a passkey. */
export const DANA: Me = {
  kind: 'person',
  id: 'dana',
  groups: ['data-owners'],
  session: {
    csrf: 'c',
    provider: 'okta',
    authTime: '2026-01-01T00:00:00.000Z',
    isRecent: true,
    expiresAt: '2026-01-01T12:00:00.000Z',
    assurance: 'session',
  },
  reach: 'session',
};

/** Everything was looked at, in time. */
export const READ: Looked = {
  integrity: 'holds',
  now: 0,
  isReadToEnd: true,
  inViewMs: 10_000,
};
