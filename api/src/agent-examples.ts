import type * as agent from './agent.ts';

const KEY_ID = 'key_7Hq2Xv9LmT4cRw8Z';
const AT = '2026-11-20T03:12:00.000Z';
const EXPIRES = '2027-02-18T03:12:00.000Z';

const stop: agent.Stop = { at: AT, by: 'mona', reason: 'it exports more than it says' };
const workload: agent.Binding = {
  issuer: 'github',
  claims: {
    repository_id: '74201',
    job_workflow_ref: 'acme/etl/.github/workflows/nightly.yml@refs/heads/main',
  },
};
const registering: agent.Registering = {
  id: 'data-bot',
  owner: 'mona',
  ownerTeam: 'data-owners',
  teams: ['data-agents'],
  workloads: [workload],
};
const item: agent.AgentItem = {
  id: 'data-bot',
  owner: 'mona',
  ownerTeam: 'data-owners',
  teams: ['data-agents'],
  trust: 0,
  source: 'registry',
  stopped: false,
  quarantined: false,
  isOwnerActive: true,
  actsFor: [],
  delegators: [],
  pending: 1,
  mostPending: 100,
  keys: [{ id: KEY_ID, name: 'nightly', createdAt: AT, createdBy: 'ada', expiresAt: EXPIRES }],
  workloads: [workload],
  may: { manage: true, stop: true },
};
const altering: agent.Altering = { owner: 'dana', reason: 'mona left the team' };
const issuing: agent.Issuing = { name: 'nightly', days: 90 };
const rotating: agent.Rotating = { days: 90, overlapHours: 24 };
const issued: agent.IssuedKey = {
  id: KEY_ID,
  key: 'csk_7Hq2Xv9LmT4cRw8Z_…',
  expiresAt: EXPIRES,
};

/** One example of each named schema of agents. */
export const AGENT_EXAMPLES: Readonly<Record<string, unknown>> = {
  AgentList: { items: [item], stopped: true, stop },
  Agent: item,
  RegisterAgent: registering,
  ChangeAgent: altering,
  RetireAgent: { reason: 'it was replaced' },
  Stop: { reason: 'it exports more than it says' },
  KillSwitch: { stopped: true, reason: 'a key has leaked' },
  KillSwitchState: { stopped: true, stop },
  IssueKey: issuing,
  RotateKey: rotating,
  IssuedKey: issued,
  KeyEnded: { id: KEY_ID, revokedAt: AT },
};
