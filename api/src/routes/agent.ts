import * as agent from '../agent.ts';
import type { ProblemCode } from '../problems.ts';
import type { Answer, RouteOf } from './route.ts';

export type AgentBodies = {
  readonly registerAgent: agent.Registering;
  readonly changeAgent: agent.Altering;
  readonly issueKey: agent.Issuing;
  readonly rotateKey: agent.Rotating;
  readonly revokeKey: agent.Retiring;
  readonly stopAgent: agent.Stopping;
  readonly resumeAgent: agent.Stopping;
  readonly retireAgent: agent.Retiring;
  readonly killSwitch: agent.Switching;
};

const item: Answer = { description: 'the agent as it stands now', schema: agent.agentItem };
const issued: Answer = { description: 'the key, shown this once', schema: agent.issuedKey };

/** Codes of every change of agents. */
const MANAGING: readonly ProblemCode[] = ['busy', 'overloaded', 'administrators-only'];
const RECENT: readonly ProblemCode[] = [...MANAGING, 'sign-in-again'];
const ONE: readonly ProblemCode[] = ['not-found'];
const PROFILE: readonly ProblemCode[] = [
  'unknown-person',
  'unknown-issuer',
  'weak-binding',
  'bad-spiffe',
  'spiffe-taken',
  'inactive-owner',
];

/** Who the agents are, what they prove themselves with, and the switch that stops them. */
export const agentRoutes: readonly RouteOf<AgentBodies, 'agents'>[] = [
  {
    id: 'agents',
    method: 'GET',
    path: '/v1/agents',
    summary: 'Agents: all of them to administrators and auditors, their own to owners',
    callers: ['person'],
    answers: { 200: { description: 'those the caller may see', schema: agent.agentList } },
    problems: [],
  },
  {
    id: 'registerAgent',
    method: 'POST',
    path: '/v1/agents',
    summary: 'Register an agent with its owner',
    callers: ['person'],
    body: agent.registering,
    answers: { 201: item },
    problems: [...RECENT, ...PROFILE, 'id-taken'],
  },
  {
    id: 'changeAgent',
    method: 'POST',
    path: '/v1/agents/{id}',
    summary: 'Change what is said of a registered agent',
    callers: ['person'],
    body: agent.altering,
    answers: { 200: item },
    problems: [...RECENT, ...ONE, ...PROFILE, 'configured-agent'],
  },
  {
    id: 'issueKey',
    method: 'POST',
    path: '/v1/agents/{id}/keys',
    summary: 'Issue a key to an agent; whoever does is excluded from its approvals',
    callers: ['person'],
    body: agent.issuing,
    answers: { 201: issued },
    problems: [...RECENT, ...ONE, 'too-many-keys'],
  },
  {
    id: 'rotateKey',
    method: 'POST',
    path: '/v1/keys/{id}/rotate',
    summary: 'Issue a key in the place of another, which ends after a while',
    callers: ['person'],
    body: agent.rotating,
    answers: { 201: issued },
    problems: [...RECENT, ...ONE, 'too-many-keys', 'key-over'],
  },
  {
    id: 'revokeKey',
    method: 'POST',
    path: '/v1/keys/{id}/revoke',
    summary: 'Make a key open nothing, at once; an owner may too',
    callers: ['person'],
    body: agent.retiring,
    answers: { 200: { description: 'it is over', schema: agent.keyEnded } },
    problems: [...MANAGING, ...ONE],
  },
  {
    id: 'stopAgent',
    method: 'POST',
    path: '/v1/agents/{id}/stop',
    summary: 'Stop an agent: nothing of it is allowed or released; an owner may too',
    callers: ['person'],
    body: agent.stopping,
    answers: { 200: item },
    problems: [...MANAGING, ...ONE],
  },
  {
    id: 'resumeAgent',
    method: 'POST',
    path: '/v1/agents/{id}/resume',
    summary: 'Let a stopped agent go on',
    callers: ['person'],
    body: agent.stopping,
    answers: { 200: item },
    problems: [...RECENT, ...ONE],
  },
  {
    id: 'retireAgent',
    method: 'POST',
    path: '/v1/agents/{id}/retire',
    summary: 'Take a registered agent out for good, with everything it waits for',
    callers: ['person'],
    body: agent.retiring,
    answers: { 200: item },
    problems: [...RECENT, ...ONE, 'configured-agent'],
  },
  {
    id: 'killSwitch',
    method: 'POST',
    path: '/v1/kill-switch',
    summary: 'Stop every agent, or let all go on that are not stopped by name',
    callers: ['person'],
    body: agent.switching,
    answers: { 200: { description: 'how the switch stands', schema: agent.switchState } },
    problems: RECENT,
  },
];
