import {
  digestAction,
  fingerprintAction,
  writeAction,
  type Action,
  type Lineage,
} from './action/action.ts';
import {
  digestQuestion,
  makeActionKey,
  seal,
  type Payload,
  type WrittenPayload,
} from './action/payload.ts';
import type { Proposed } from './approval/event.ts';
import type { Blobs } from './blob.ts';
import { NotCanonical } from './canonical.ts';
import { base64url } from './crypto.ts';
import type { Agent } from './directory.ts';
import type { Gate, GateRefusal, Understood } from './gate.ts';
import { makeId, type ActionId } from './ids.ts';
import type { Json } from './json.ts';
import type { Question } from './judgement.ts';
import type { Parts } from './parts.ts';
import { packQuestion, questionOf, writeQuestion } from './question.ts';
import { err, ok, type Result } from './result.ts';

/** What an agent asks for. ATTACKER: everything but `agent` comes from the agent. */
export type Proposal = {
  /** From the credential, never from the body. */
  readonly agent: string;
  readonly type: string;
  readonly resource: { readonly type: string; readonly id: string };
  readonly arguments: Json;
  readonly claim?: string;
  readonly onBehalfOf?: string;
  readonly session?: { readonly id: string; readonly startedBy?: string };
  readonly idempotencyKey?: string;
  /** Comes back for the answer to an identical action: one that is approved and unused is joined, nobody is asked again. */
  readonly rejoins?: boolean;
  /** Never from an agent: the executor that runs it at once where policy allows it, released in the same durable step. */
  readonly performer?: string;
  /** Never from an agent: what the gate that proposes found out about the action, such as an estimate; not part of it. */
  readonly evidence?: Json;
  /** A drill, never from an agent; `by` whoever had it asked, who knows and may not answer (R5). */
  readonly drill?: { readonly by?: string };
};

export type ProposalRefusal =
  | GateRefusal
  | {
      readonly code:
        | 'unknown-agent'
        | 'unknown-person'
        | 'idempotency-key-reused'
        | 'busy'
        | 'overloaded';
      readonly path: string;
      readonly message: string;
    };

/** An action made ready to be judged: sealed, digested, with its question. */
export type Draft = {
  readonly id: ActionId;
  readonly understood: Understood;
  readonly action: Action;
  readonly payload: Payload;
  /** What of it is written already. */
  readonly texts: Pick<WrittenPayload, 'action' | 'question'>;
  /** What policy is asked; `payload` keeps it packed. */
  readonly question: Question;
  readonly proposed: Proposed;
};

/** Where an edited action comes from. */
export type Origin = {
  readonly follows: ActionId;
  readonly lineage: Lineage;
  readonly version: number;
};

const refuse = (code: 'unknown-agent' | 'unknown-person', path: string, message: string) =>
  err({ code, path, message } as const);

/** Whose action this is. An agent may name only persons it is known to act for, so it cannot pick its confirmer. */
function lineageOf(proposal: Proposal, agent: Agent): Result<Lineage, ProposalRefusal> {
  const { onBehalfOf, session } = proposal;
  const mayName = (id: string | undefined): boolean =>
    id === undefined || id === agent.owner || agent.actsFor.includes(id);
  if (!mayName(onBehalfOf))
    return refuse(
      'unknown-person',
      '$.onBehalfOf',
      'the agent is not registered to act for this person',
    );
  if (!mayName(session?.startedBy))
    return refuse(
      'unknown-person',
      '$.session.startedBy',
      'the agent is not registered to act for this person',
    );
  return ok({
    agent: agent.id,
    owner: agent.owner,
    ...(agent.ownerTeam === undefined ? {} : { ownerTeam: agent.ownerTeam }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(session === undefined ? {} : { session: session.id }),
    ...(session?.startedBy === undefined ? {} : { startedBy: session.startedBy }),
    editors: [],
    delegators: agent.delegators,
  });
}

/** Whoever had a drill asked started it. */
const drilled = (lineage: Lineage, drill: Proposal['drill']): Lineage =>
  drill?.by === undefined ? lineage : { ...lineage, startedBy: drill.by };

/** Makes the draft of a proposal, or says precisely what is wrong with it. */
export function draft(
  parts: Parts,
  proposal: Proposal,
  origin?: Origin,
): Result<Draft, ProposalRefusal> {
  const gate = parts.gateOf(proposal.type);
  if (!gate)
    return err({
      code: 'unknown-action-type',
      path: '$.type',
      message: `action type \`${proposal.type}\` is not declared; declare it before an agent may propose it`,
    });
  const agent = parts.directory().agent(proposal.agent);
  if (!agent)
    return refuse('unknown-agent', '$', 'the credential names an agent that is not registered');
  const named = origin ? ok(origin.lineage) : lineageOf(proposal, agent);
  if (!named.ok) return named;
  const lineage = ok(drilled(named.value, proposal.drill));
  const understood = gate.understand(proposal);
  if (!understood.ok) return understood;
  try {
    return ok(
      assemble(parts, {
        proposal,
        gate,
        understood: understood.value,
        lineage: lineage.value,
        origin,
      }),
    );
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    return err({ code: 'invalid-arguments', path: error.path, message: error.message });
  }
}

type Known = {
  readonly proposal: Proposal;
  readonly gate: Gate;
  readonly understood: Understood;
  readonly lineage: Lineage;
  readonly origin: Origin | undefined;
};

function assemble(parts: Parts, { proposal, gate, understood, lineage, origin }: Known): Draft {
  const now = parts.clock();
  const id = makeId('act', now, parts.random(16));
  const { type, schemaVersion, resource, subject } = understood;
  const action: Action = {
    v: 1,
    type,
    schemaVersion,
    resource,
    arguments: understood.bound,
    lineage: subject === undefined ? lineage : { ...lineage, subject },
    credential: understood.credential ?? null,
    gate: gate.name,
  };
  const { judgedAs, facts, inspectable } = understood;
  const matter = { lineage: action.lineage, judgedAs, resource, facts, inspectable };
  const question = questionOf(matter, parts.directory(), now, parts.settings.timeZone);
  const payload: Payload = {
    action,
    salt: base64url(parts.random(16)),
    presentational: understood.presentational,
    ...(proposal.claim === undefined ? {} : { claim: proposal.claim }),
    inspectable: understood.inspectable,
    question: packQuestion(question),
  };
  const texts = {
    action: writeAction(action),
    question: writeQuestion(payload.question),
  };
  const proposed: Proposed = {
    type: 'action.proposed',
    at: now,
    actionId: id,
    actionType: type,
    schemaVersion,
    resource,
    lineage: action.lineage,
    gate: gate.name,
    digest: digestAction(texts.action, payload.salt),
    fingerprint: fingerprintAction(
      // a real action never joins a drill, nor is it refused for a drill's denial
      proposal.drill ? { ...texts.action, gate: `${gate.name} drill` } : texts.action,
      parts.secrets.fingerprintKey,
    ),
    factsDigest: digestQuestion(texts.question, payload.salt),
    ...(origin ? { follows: origin.follows } : {}),
    ...(proposal.drill ? { drill: true } : {}),
  };
  return { id, understood, action, payload, texts, question, proposed };
}

/** A draft with its payload sealed, and the key to seal what else belongs to it. */
export type SealedDraft = {
  readonly made: Draft;
  readonly key: Uint8Array;
  readonly blobs: Blobs;
};

/** Seals what is private about a draft under a fresh key of its own (R9). */
export function sealDraft({ secrets }: Parts, made: Draft): SealedDraft {
  const { key, salt } = makeActionKey(made.id, secrets.masterKey);
  return {
    made,
    key,
    blobs: { key: salt, ...seal(made.id, { payload: { ...made.payload, ...made.texts } }, key) },
  };
}
