import type {
  GrantProblem,
  ProposalRefusal,
  Refusal,
  RevealRefusal,
  StoreFailure,
  WaiverRefusal,
} from '@countersign/core';

/** Every refusal of core, by its type: a new one without an entry below does not compile. */
type CoreCode =
  | Refusal
  | WaiverRefusal['code']
  | RevealRefusal
  | GrantProblem
  | ProposalRefusal['code']
  | StoreFailure['code']
  | 'erased'
  | 'busy'
  | 'overloaded';

/** Refusals of the HTTP edge itself. */
type EdgeCode =
  | 'invalid-json'
  | 'invalid-request'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'unauthenticated'
  | 'agents-only'
  | 'humans-only'
  | 'administrators-only'
  | 'out-elsewhere'
  | 'directory-unavailable'
  | 'foreign-origin'
  | 'unknown-host'
  | 'loopback-only'
  | 'push-off'
  | 'push-endpoint-refused'
  | 'too-many-devices'
  | 'no-such-route'
  | 'method-not-allowed'
  | 'request-timeout'
  | 'headers-too-large'
  | 'shutting-down'
  | 'internal'
  | SignInCode
  | ChatCode
  | AgentCode
  | DelegationCode
  | PasskeyCode
  | ConsideredCode;

/** Refusals of answers to several at once, of the report, and of drills. */
type ConsideredCode = 'not-in-batch' | 'auditors-only' | 'drills-off' | 'no-such-drill';

/** Refusals of answering for somebody. */
type DelegationCode = 'bad-delegation' | 'too-many-delegations';

/** Refusals of passkeys, and of what they sign. */
type PasskeyCode =
  | 'step-up-needed'
  | 'passkeys-unavailable'
  | 'no-passkey'
  | 'ticket-invalid'
  | 'ticket-expired'
  | 'registration-invalid'
  | 'assertion-invalid'
  | 'counter-regressed'
  | 'passkey-unknown'
  | 'passkey-waiting'
  | 'passkey-removed'
  | 'passkey-of-another'
  | 'passkey-known'
  | 'passkey-too-weak'
  | 'too-many-passkeys'
  | 'own-passkey';

/** Refusals of signing in, and of what comes with a browser's session. */
type SignInCode =
  | 'credentials-differ'
  | 'csrf-missing'
  | 'browser-only'
  | 'unknown-provider'
  | 'provider-unreachable'
  | 'sign-in-again'
  | 'sign-in-expired'
  | 'sign-in-invalid'
  | 'sign-in-refused'
  | 'not-provisioned'
  | 'already-linked'
  | 'code-invalid'
  | 'logout-invalid'
  | 'logout-repeated';

/** Refusals of answers from a chat, and of linking accounts of one. */
type ChatCode = 'no-one-click' | 'chat-off' | 'chat-taken' | 'chat-foreign';

/** Refusals of agents' credentials, and of managing agents. */
type AgentCode =
  | 'key-ended'
  | 'unbound-workload'
  | 'ambiguous-workload'
  | 'certificate-required'
  | 'certificate-invalid'
  | 'certificate-foreign'
  | 'certificate-mismatch'
  | 'id-taken'
  | 'configured-agent'
  | 'inactive-owner'
  | 'unknown-issuer'
  | 'weak-binding'
  | 'bad-spiffe'
  | 'spiffe-taken'
  | 'too-many-keys'
  | 'key-over';

/** The stable word for what went wrong; never renamed, never reused. */
export type ProblemCode = CoreCode | EdgeCode;

/** What a code means to a caller. */
export type ProblemSpec = {
  readonly status: number;
  readonly title: string;
  /** What to do about it. */
  readonly hint: string;
};

const spec = (status: number, title: string, hint: string): ProblemSpec => ({
  status,
  title,
  hint,
});

const WAIT = 'wait, then try again; nothing was released';
const AGAIN = 'begin again';
const BEGIN = 'begin again on the sign-in page';
const LOOK = 'read the action again and decide on what it says now';

/** The only registry of public problem codes (RFC 9457). */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemSpec>> = {
  // the edge
  'invalid-json': spec(400, 'The body is not acceptable JSON', 'send strict JSON in UTF-8'),
  'invalid-request': spec(400, 'The request does not fit its schema', 'see /openapi.json'),
  'body-too-large': spec(413, 'The body is too large', 'send large content by reference'),
  'unsupported-media-type': spec(
    415,
    'The body is of the wrong type',
    'send `content-type: application/json` without content encoding',
  ),
  unauthenticated: spec(
    401,
    'No valid credential',
    'send `Authorization: Bearer` with the token of an agent, an executor or a person',
  ),
  'agents-only': spec(403, 'Only agents do this', 'use the credential of an agent or executor'),
  'humans-only': spec(403, 'Only people do this', 'a person must do this with their own token'),
  'directory-unavailable': spec(503, 'Your groups cannot be looked up now', WAIT),
  'out-elsewhere': spec(
    409,
    'It was not an administrator who took the account out',
    'let it in where it was taken out: at its identity provider, or in the configuration',
  ),
  'administrators-only': spec(403, 'Only administrators do this', 'ask an administrator'),
  'auditors-only': spec(403, 'Only auditors and administrators see this', 'ask an administrator'),
  'not-in-batch': spec(
    409,
    'It cannot be approved together with others',
    'open it by itself: only low risks that are wholly shown and need no passkey are approved together',
  ),
  'drills-off': spec(404, 'Drills are not configured', 'ask the operator to add `drills`'),
  'no-such-drill': spec(
    404,
    'There is no such template',
    'see `drills.templates` in the configuration',
  ),
  'foreign-origin': spec(403, 'The request comes from another site', 'call from our own origin'),
  'unknown-host': spec(421, 'The host is not served here', 'use the `public_url` of the gateway'),
  'loopback-only': spec(403, 'Only local callers do this', 'call from the machine of the gateway'),
  'push-off': spec(404, 'Web Push is not configured', 'ask the operator to add `push`'),
  'push-endpoint-refused': spec(
    422,
    'The address is not one of a known push service',
    'ask the operator to add its host to `push.hosts`',
  ),
  'too-many-devices': spec(409, 'You have too many devices', 'remove one of them first'),
  'no-such-route': spec(404, 'No such route', 'see /openapi.json'),
  'method-not-allowed': spec(405, 'The route has other methods', 'see the `Allow` header'),
  'request-timeout': spec(408, 'The request took too long to arrive', 'send it again'),
  'headers-too-large': spec(431, 'The headers are too large', 'send fewer headers'),
  'shutting-down': spec(503, 'The gateway is stopping', WAIT),
  internal: spec(500, 'Something is broken here', 'nothing was released; tell the operator'),
  // signing in
  'credentials-differ': spec(
    400,
    'The token is not of the person who is signed in',
    'send the token, or the cookie, and not both',
  ),
  'csrf-missing': spec(
    403,
    'The page did not show that it is ours',
    'send the `csrf` of `/v1/me` as `Countersign-Csrf`; load the page again if it is old',
  ),
  'browser-only': spec(
    403,
    'Only a browser that is signed in does this',
    'sign in there by an identity provider',
  ),
  'unknown-provider': spec(404, 'No such identity provider', 'see `/auth/providers`'),
  'provider-unreachable': spec(503, 'The identity provider cannot be reached now', WAIT),
  'sign-in-again': spec(
    403,
    'Too long ago that you proved who you are',
    'sign in again (`/auth/login/<provider>?step_up=1`), then decide',
  ),
  'sign-in-expired': spec(400, 'The sign-in is over, or not of this browser', BEGIN),
  'sign-in-invalid': spec(400, 'The sign-in is not valid', BEGIN),
  'sign-in-refused': spec(
    403,
    'This account may not sign in here',
    'use another account, or ask an administrator',
  ),
  'not-provisioned': spec(
    403,
    'The account is not known here yet',
    'ask an administrator to assign it to this application',
  ),
  'already-linked': spec(
    409,
    'The account is linked to somebody else',
    'ask an administrator to correct the link',
  ),
  'code-invalid': spec(
    400,
    'The code is not valid, or no longer',
    'begin again with `countersign login`',
  ),
  'logout-invalid': spec(
    400,
    'The logout token is not valid',
    'the identity provider must sign it for this client, just now',
  ),
  'logout-repeated': spec(400, 'The logout token was used before', 'nothing more to do'),
  // agents and their credentials
  'key-ended': spec(
    401,
    'The key has expired or was revoked',
    'use the key that was issued after it',
  ),
  'unbound-workload': spec(
    403,
    'No agent is bound to this workload',
    'bind the claims of its token to an agent',
  ),
  'ambiguous-workload': spec(
    403,
    'It could be either of two agents',
    'bind a claim that tells them apart',
  ),
  'certificate-required': spec(
    401,
    'No certificate was shown',
    'connect with the certificate of an agent',
  ),
  'certificate-invalid': spec(
    401,
    'The certificate is not good now',
    'show one that an authority of `client_ca` has signed and that has not expired',
  ),
  'certificate-foreign': spec(
    403,
    'The certificate names no workload of ours',
    'it must have exactly one URI, a SPIFFE id of the trust domain',
  ),
  'certificate-mismatch': spec(
    403,
    'Token and certificate are of different agents',
    'send no token, or that of the same agent',
  ),
  'id-taken': spec(
    409,
    'The id is taken',
    'choose one nobody has or had, different in more than case',
  ),
  'configured-agent': spec(
    409,
    'The agent stands in the configuration',
    'change it in `countersign.yaml`',
  ),
  'inactive-owner': spec(
    422,
    'The owner is not an active person',
    'name one who can answer for it',
  ),
  'unknown-issuer': spec(422, 'The issuer is not pinned', 'add it under `workload_issuers`'),
  'weak-binding': spec(422, 'The binding would let in others', 'bind claims that last'),
  'bad-spiffe': spec(
    422,
    'It is not the SPIFFE id of a workload here',
    'write it like spiffe://example.org/agents/etl, in the trust domain of `agents_tls`',
  ),
  'spiffe-taken': spec(409, 'The SPIFFE id is of another agent', 'give each agent its own'),
  'too-many-keys': spec(409, 'The agent has too many keys', 'revoke those that are not used'),
  'key-over': spec(409, 'The key is over already', 'issue a new one'),
  // passkeys
  'step-up-needed': spec(
    403,
    'You have to prove who you are just before this',
    'sign in again (`/auth/login/<provider>?step_up=1`), then do it within five minutes',
  ),
  'passkeys-unavailable': spec(
    409,
    'Browsers make no passkeys for this address',
    'let `public_url` have a name and `https`, or `http://localhost`',
  ),
  'no-passkey': spec(403, 'You have no passkey here', 'add one under `/me`'),
  'ticket-invalid': spec(400, 'The ticket is not of this statement, person or session', AGAIN),
  'ticket-expired': spec(400, 'It took too long', AGAIN),
  'registration-invalid': spec(400, 'The passkey that was made is not valid', AGAIN),
  'assertion-invalid': spec(403, 'What the passkey signed does not hold', AGAIN),
  'counter-regressed': spec(
    403,
    'The passkey has counted backwards: it may have been copied',
    'remove it, and tell the operator',
  ),
  'passkey-unknown': spec(403, 'The passkey is not known', 'use one that is listed under `/me`'),
  'passkey-waiting': spec(
    403,
    'The passkey still waits for a second person',
    'ask an administrator to endorse it',
  ),
  'passkey-removed': spec(403, 'The passkey was removed', 'use another'),
  'passkey-of-another': spec(403, 'The passkey belongs to somebody else', 'use your own'),
  'passkey-known': spec(409, 'The passkey was added before', 'make another'),
  'passkey-too-weak': spec(
    403,
    'A weaker passkey cannot vouch for a stronger one',
    'add it without one; a second person then has to endorse it',
  ),
  'too-many-passkeys': spec(409, 'You have as many passkeys as one can have', 'remove one'),
  'own-passkey': spec(
    403,
    'Nobody vouches for a passkey of their own, under any account',
    'another administrator must do this',
  ),
  // who is away
  'bad-delegation': spec(
    422,
    'Nobody can answer for somebody like this',
    'name an active person, groups of whoever is away, and at most 90 days',
  ),
  'too-many-delegations': spec(409, 'There are as many as one can have', 'end one of them first'),
  // proposing
  'unknown-action-type': spec(
    422,
    'The action type is not declared',
    'declare it in `actions.yaml`',
  ),
  'unknown-resource': spec(422, 'The resource is not known', 'name a resource of the directory'),
  'invalid-arguments': spec(
    422,
    'The arguments do not fit the action type',
    'send the arguments the type declares',
  ),
  'unknown-agent': spec(403, 'The agent is not registered', 'register the agent with its owner'),
  'unknown-person': spec(422, 'The agent may not name this person', 'register whom it acts for'),
  'idempotency-key-reused': spec(
    422,
    'The idempotency key belongs to another action',
    'use a new key for a new action',
  ),
  busy: spec(503, 'The action is being changed by others', WAIT),
  overloaded: spec(503, 'Too many actions at once', WAIT),
  // deciding
  'not-found': spec(404, 'Not found', 'check the id; what you may not see is not found'),
  'not-pending': spec(409, 'Nobody is asked any more', LOOK),
  'not-due': spec(409, 'Its time has not come', LOOK),
  'not-ready': spec(409, 'It may not run yet', 'wait until it is allowed or approved'),
  'not-executing': spec(409, 'It is not running', LOOK),
  'revealed-too-often': spec(
    409,
    'It was revealed too often',
    'ask for the receipt with the action disclosed',
  ),
  settled: spec(409, 'It is settled', LOOK),
  'past-deadline': spec(409, 'The request has expired', 'propose the action again'),
  'version-mismatch': spec(409, 'Another version is asked about', LOOK),
  'digest-mismatch': spec(409, 'It is not the action that was decided on', LOOK),
  'seen-mismatch': spec(409, 'Another view is asked about', LOOK),
  'statement-invalid': spec(422, 'The statement is not valid now', LOOK),
  excluded: spec(403, 'You may not decide on this action', 'someone independent must decide'),
  'inactive-person': spec(403, 'The account is not active', 'ask an administrator'),
  'not-an-approver': spec(403, 'You are not asked', 'a member of the asked groups must do this'),
  'not-asked-yet': spec(409, 'Your stage is not asked yet', 'wait for the stage before it'),
  'assurance-too-low': spec(
    403,
    'Policy asks for a stronger sign-in',
    'decide where the demanded assurance is available',
  ),
  'already-voted': spec(409, 'You have voted already', 'each person counts once'),
  'not-the-confirmer': spec(
    403,
    'Only the person the agent acts for confirms',
    'that person must confirm',
  ),
  'not-yours': spec(403, 'It belongs to someone else', 'use the credential it was issued to'),
  'already-closed': spec(409, 'It is closed already', LOOK),
  // chats
  'not-shown-whole': spec(409, 'It was not shown whole', 'read all of it in the console'),
  'no-one-click': spec(403, 'One click does not approve this', 'decide in the console'),
  'chat-off': spec(404, 'No such chat is configured', 'ask an administrator'),
  'chat-taken': spec(409, 'The chat account is another person’s', 'disconnect it there first'),
  'chat-foreign': spec(403, 'The chat account is not of this organization', 'use your own account'),
  // breaking the glass
  'not-breakable': spec(
    403,
    'Policy does not let you go ahead without those who are asked',
    'wait for them, or ask somebody whom `@break_glass` names',
  ),
  'reason-too-short': spec(422, 'The reason is too short', 'say why it cannot wait'),
  'confirmation-missing': spec(
    409,
    'The person the agent acts for has not confirmed it',
    'have them confirm it first: breaking the glass does not replace that',
  ),
  'break-glass-review-overdue': spec(
    409,
    'The review of an earlier broken glass is overdue',
    'have somebody who was passed over review it first',
  ),
  'glass-not-broken': spec(409, 'Nobody broke the glass here', LOOK),
  'already-reviewed': spec(409, 'It is reviewed already', LOOK),
  // waivers
  'not-waivable': spec(409, 'Policy lets nobody waive this', 'have it approved each time'),
  'waiver-beyond-ceiling': spec(
    422,
    'It is longer, or for more uses, than policy allows',
    'ask for no more than `waivable` of the request says',
  ),
  'waiver-scope-invalid': spec(
    422,
    'The scope does not fit the action it comes from',
    'name its arguments; a prefix is of a string, a ceiling of a number',
  ),
  'waiver-exists': spec(
    409,
    'There is a waiver of this request already',
    'endorse that one, or revoke it first',
  ),
  'waiver-over': spec(409, 'The waiver is over', 'propose another one'),
  // running
  'grant-mismatch': spec(409, 'The grant is not the one issued', 'fetch the grant again'),
  'grant-spent': spec(409, 'The grant was redeemed before', 'a grant is good for one run'),
  'use-by-passed': spec(409, 'The grant was not used in time', 'propose the action again'),
  refused: spec(403, 'Policy refuses it now', 'propose the action again'),
  'grant-invalid': spec(400, 'The grant is not valid', 'pass the grant on unchanged'),
  'grant-expired': spec(409, 'The grant has expired', 'propose the action again'),
  'wrong-audience': spec(403, 'The grant is for another executor', 'redeem it as its audience'),
  erased: spec(410, 'Its private part was erased', 'it can be verified but not run or shown'),
  // the ledger below
  'store-failed': spec(503, 'The ledger cannot be written', WAIT),
  unreachable: spec(503, 'The ledger cannot be reached now', WAIT),
  'disk-full': spec(503, 'The disk of the ledger is full', WAIT),
  'read-only': spec(503, 'The ledger is read-only', WAIT),
  locked: spec(503, 'The ledger is locked', WAIT),
  corrupt: spec(503, 'The ledger is damaged', WAIT),
  'rolled-back': spec(503, 'The ledger was rolled back', WAIT),
  'too-new': spec(503, 'The ledger is of a newer version', WAIT),
  'needs-migration': spec(503, 'The ledger is of an older version', WAIT),
};

/** A problem as it is sent, `application/problem+json`. */
export type Problem = {
  /** Where the code is explained, relative to the gateway. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  /** Where in the body, such as `$.resource.id`. */
  readonly path?: string;
  /** Where in the text of the body, in UTF-16 units. */
  readonly offset?: number;
  readonly hint: string;
  readonly requestId: string;
};

/** What only this occurrence knows. */
export type Occurrence = {
  readonly requestId: string;
  readonly detail?: string;
  readonly path?: string;
  readonly offset?: number;
  readonly hint?: string;
};

/** The problem of a code at one occurrence. */
export function problemOf(code: ProblemCode, { detail, hint, ...here }: Occurrence): Problem {
  const { status, title, hint: remedy } = PROBLEMS[code];
  return {
    type: `/problems#${code}`,
    title,
    status,
    code,
    detail: detail ?? title,
    hint: hint ?? remedy,
    ...here,
  };
}
