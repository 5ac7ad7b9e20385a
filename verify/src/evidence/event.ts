import type { JsonObject } from '../json.ts';
import { readBatch, readDrill } from './drill.ts';
import {
  digestOf,
  flagOf,
  nonceOf,
  integerOf,
  integersOf,
  objectOf,
  objectsOf,
  optionalObjectOf,
  optionalObjectsOf,
  optionalTextOf,
  textOf,
  textsOf,
  wordOf,
} from './read.ts';

// What the rules of evidence need of each event. Written from docs/spec, not from what writes the events.

/** How sure it is that a verified human answered, weakest first. */
export const ASSURANCES = ['chat', 'session', 'passkey', 'hardware'] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** Where an action comes from. */
type Lineage = {
  readonly agent: string;
  readonly owner: string;
  readonly onBehalfOf: string | undefined;
  readonly startedBy: string | undefined;
  readonly editors: readonly string[];
  readonly delegators: readonly string[];
  readonly subject: string | undefined;
};

/** `action.proposed`. */
export type Proposed = {
  readonly at: number;
  readonly actionId: string;
  readonly actionType: string;
  readonly schemaVersion: number;
  readonly resource: { readonly type: string; readonly id: string };
  readonly lineage: Lineage;
  /** As it stands in the entry, to be compared with a disclosed action. */
  readonly lineageJson: JsonObject;
  readonly gate: string;
  readonly digest: string;
  readonly isDrill: boolean;
};

/** One demand of a review or confirm verdict. */
export type Requirement = {
  readonly kind: 'review' | 'confirm';
  readonly groups: readonly string[];
  readonly quorum: number;
  readonly assurance: Assurance;
  readonly expiresMs: number;
  readonly exclude: readonly string[];
  readonly stage: number;
  readonly distinct: boolean;
  readonly policies: readonly string[];
  /** Who may answer as well once time has passed since the request (EV-16). */
  readonly escalation: readonly { readonly afterMs: number; readonly groups: readonly string[] }[];
  readonly remindMs: readonly number[];
  readonly risk: string;
  /** The ceilings of a waiver, where one may be (EV-13). */
  readonly waivable: { readonly ms: number; readonly uses: number } | undefined;
  /** Who may break the glass (EV-14). */
  readonly breakGlass: readonly string[];
};

/** The seat of somebody who is away, on which a vote was cast (EV-15). */
export type Seat = {
  readonly human: string;
  readonly groups: readonly string[];
  readonly through: readonly string[];
};

/** `action.judged`. */
export type Judged = {
  readonly verdict: 'allow' | 'deny' | 'review';
  readonly policyDigest: string;
  readonly requirementsJson: readonly JsonObject[];
  readonly audience: string;
  readonly deadlineMs: number;
};

/** `approval.requested`. */
export type Requested = {
  readonly at: number;
  readonly approvalId: string;
  readonly version: number;
  readonly requirements: readonly Requirement[];
  readonly requirementsJson: readonly JsonObject[];
  readonly excluded: readonly { readonly human: string; readonly because: string }[];
  readonly expiresAt: number;
  readonly seenDigest: string;
};

/** The statement voted on. */
export type Statement = {
  readonly origin: string;
  readonly approvalId: string;
  readonly version: number;
  readonly actionDigest: string;
  readonly choice: 'approve' | 'deny';
  readonly person: string;
  readonly seenDigest: string;
  readonly policyDigest: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
};

/** What an authenticator answered when it signed a statement (DS-10), as base64url. */
export type Proof = {
  readonly credential: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
};

/** What an answer can be signed for. */
export type Purpose =
  | 'countersign/decision/v1'
  | 'countersign/break-glass/v1'
  | 'countersign/waiver/v1';

/** `approval.vote-cast` and `approval.confirmed`. */
export type Vote = {
  readonly at: number;
  readonly statement: Statement;
  /** As it stands in the entry: a passkey signed its bytes. */
  readonly statementJson: JsonObject;
  /** What a passkey signed it for (DS-3). */
  readonly purpose: Purpose;
  readonly proof: Proof | undefined;
  readonly human: string;
  readonly groups: readonly string[];
  readonly assurance: Assurance;
  readonly channel: string;
  readonly standsFor: readonly Seat[];
  /** Whether all of the action was in front of them, where a channel rendered it (EV-21). */
  readonly isShownWhole: boolean | undefined;
};

/** `grant.issued`. */
export type Grant = {
  readonly id: string;
  readonly audience: string;
  readonly notBefore: number;
  readonly useBy: number;
};

export function readProposed(event: JsonObject): Proposed {
  const resource = objectOf(event, 'resource');
  const lineage = objectOf(event, 'lineage');
  return {
    at: integerOf(event, 'at'),
    actionId: textOf(event, 'actionId'),
    actionType: textOf(event, 'actionType'),
    schemaVersion: integerOf(event, 'schemaVersion'),
    resource: { type: textOf(resource, 'type'), id: textOf(resource, 'id') },
    lineage: {
      agent: textOf(lineage, 'agent'),
      owner: textOf(lineage, 'owner'),
      onBehalfOf: optionalTextOf(lineage, 'onBehalfOf'),
      startedBy: optionalTextOf(lineage, 'startedBy'),
      editors: textsOf(lineage, 'editors'),
      delegators: textsOf(lineage, 'delegators'),
      subject: optionalTextOf(lineage, 'subject'),
    },
    lineageJson: lineage,
    gate: textOf(event, 'gate'),
    digest: digestOf(event, 'digest'),
    isDrill: readDrill(event),
  };
}

export function readJudged(event: JsonObject): Judged {
  const judgement = objectOf(event, 'judgement');
  const execution = objectOf(event, 'execution');
  return {
    verdict: wordOf(judgement, 'verdict', ['allow', 'deny', 'review']),
    policyDigest: digestOf(judgement, 'policyDigest'),
    requirementsJson: objectsOf(judgement, 'requirements'),
    audience: textOf(execution, 'audience'),
    deadlineMs: integerOf(execution, 'deadlineMs'),
  };
}

/** Reads one demand. */
export const readRequirement = (one: JsonObject): Requirement => ({
  kind: wordOf(one, 'kind', ['review', 'confirm']),
  groups: textsOf(one, 'groups'),
  quorum: integerOf(one, 'quorum'),
  assurance: wordOf(one, 'assurance', ASSURANCES),
  expiresMs: integerOf(one, 'expiresMs'),
  exclude: textsOf(one, 'exclude'),
  stage: integerOf(one, 'stage'),
  distinct: one['distinct'] !== false,
  policies: textsOf(one, 'policies'),
  escalation: optionalObjectsOf(one, 'escalation').map((step) => ({
    afterMs: integerOf(step, 'afterMs'),
    groups: textsOf(step, 'groups'),
  })),
  remindMs: one['remindMs'] === undefined ? [] : integersOf(one, 'remindMs'),
  risk: textOf(one, 'risk'),
  waivable: readWaivable(optionalObjectOf(one, 'waivable')),
  breakGlass: one['breakGlass'] === undefined ? [] : textsOf(one, 'breakGlass'),
});

const readWaivable = (ceilings: JsonObject | undefined): Requirement['waivable'] =>
  ceilings && { ms: integerOf(ceilings, 'ms'), uses: integerOf(ceilings, 'uses') };

export function readRequested(event: JsonObject): Requested {
  const requirementsJson = objectsOf(event, 'requirements');
  // EV-18: they may answer all the same
  if (event['spared'] !== undefined) textsOf(event, 'spared');
  return {
    at: integerOf(event, 'at'),
    approvalId: textOf(event, 'approvalId'),
    version: integerOf(event, 'version'),
    requirements: requirementsJson.map(readRequirement),
    requirementsJson,
    excluded: objectsOf(event, 'excluded').map((one) => ({
      human: textOf(one, 'human'),
      because: textOf(one, 'because'),
    })),
    expiresAt: integerOf(event, 'expiresAt'),
    seenDigest: digestOf(event, 'seenDigest'),
  };
}

const STATEMENT_MEMBERS =
  'actionDigest,approvalId,choice,expiresAt,issuedAt,nonce,origin,person,policyDigest,seenDigest,v,version';

function readStatement(statement: JsonObject): Statement {
  // a passkey signs these bytes, so nothing may ride along (DS-1)
  if (Object.keys(statement).join() !== STATEMENT_MEMBERS || statement['v'] !== 1)
    wordOf({ members: Object.keys(statement).join() }, 'members', [STATEMENT_MEMBERS]);
  nonceOf(statement, 'nonce');
  return {
    origin: textOf(statement, 'origin'),
    approvalId: textOf(statement, 'approvalId'),
    version: integerOf(statement, 'version'),
    actionDigest: digestOf(statement, 'actionDigest'),
    choice: wordOf(statement, 'choice', ['approve', 'deny']),
    person: textOf(statement, 'person'),
    seenDigest: digestOf(statement, 'seenDigest'),
    policyDigest: digestOf(statement, 'policyDigest'),
    issuedAt: integerOf(statement, 'issuedAt'),
    expiresAt: integerOf(statement, 'expiresAt'),
  };
}

const PROOF_MEMBERS = 'authenticatorData,clientDataJSON,credential,kind,signature';

/** Reads a proof: these members and no others. */
export function readProof(proof: JsonObject): Proof {
  wordOf({ members: Object.keys(proof).toSorted().join() }, 'members', [PROOF_MEMBERS]);
  wordOf(proof, 'kind', ['webauthn']);
  return {
    credential: textOf(proof, 'credential'),
    clientDataJSON: textOf(proof, 'clientDataJSON'),
    authenticatorData: textOf(proof, 'authenticatorData'),
    signature: textOf(proof, 'signature'),
  };
}

/** The statement and how the person was known (DS-9); more members may come. */
export const readVote = (event: JsonObject, purpose: Purpose = 'countersign/decision/v1'): Vote =>
  readAnswer(objectOf(event, 'vote'), event, purpose);

/** An answer whose members stand in `vote`. */
export function readAnswer(vote: JsonObject, event: JsonObject, purpose: Purpose): Vote {
  const statementJson = objectOf(vote, 'statement');
  const proof = optionalObjectOf(vote, 'proof');
  readBatch(vote);
  return {
    at: integerOf(event, 'at'),
    statement: readStatement(statementJson),
    statementJson,
    purpose,
    proof: proof && readProof(proof),
    human: textOf(vote, 'human'),
    groups: textsOf(vote, 'groups'),
    assurance: wordOf(vote, 'assurance', ASSURANCES),
    channel: textOf(vote, 'channel'),
    standsFor: optionalObjectsOf(vote, 'standsFor').map((seat) => ({
      human: textOf(seat, 'human'),
      groups: textsOf(seat, 'groups'),
      through: seat['through'] === undefined ? [] : textsOf(seat, 'through'),
    })),
    isShownWhole: readShown(optionalObjectOf(vote, 'shown')),
  };
}

/** What a channel rendered (EV-21): which renderer, digest of it, and whether it was all of the action. */
function readShown(shown: JsonObject | undefined): boolean | undefined {
  if (!shown) return undefined;
  textOf(shown, 'renderer');
  digestOf(shown, 'digest');
  return flagOf(shown, 'complete');
}

/** Who answered and may not (EV-12). */
export function readRefusedVote(event: JsonObject): string {
  wordOf(event, 'because', ['excluded', 'inactive-person']);
  wordOf(event, 'choice', ['approve', 'deny']);
  for (const name of ['human', 'channel']) textOf(event, name);
  return textOf(event, 'by');
}

/** Who looked at what, and why (EV-11). */
export function readRevealed(event: JsonObject): void {
  for (const name of ['by', 'path', 'reason']) textOf(event, name);
}

/** Why an answer of people was not asked for, by what it may be because of (EV-18). */
const TURNED_AWAY = {
  'denied-before': ['locked'],
  'budget-exhausted': ['agent', 'session', 'owner', 'reviewers'],
} as const;

/** The code of an action that was turned away. */
export function readTurnedAway(event: JsonObject): string {
  const code = wordOf(event, 'code', ['denied-before', 'budget-exhausted']);
  if (event['because'] !== undefined) wordOf(event, 'because', TURNED_AWAY[code]);
  integerOf(event, 'retryAt');
  return code;
}

export function readGrant(event: JsonObject): Grant {
  const grant = objectOf(event, 'grant');
  return {
    id: textOf(grant, 'id'),
    audience: textOf(grant, 'audience'),
    notBefore: integerOf(grant, 'notBefore'),
    useBy: integerOf(grant, 'useBy'),
  };
}
