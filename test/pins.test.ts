// Names that others rely on, as literals: red here makes a change deliberate. Routes and problem codes: api/test/contract.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATES, type EventType, type JudgementCode, type State } from '@countersign/core';
import type { State as SdkState } from '@countersign/sdk';
import type { FailureCode } from '@countersign/verify';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../cli/src/commands.ts';
import { EXIT } from '../cli/src/exit.ts';

const root = join(import.meta.dirname, '..');

/** Written into ledgers that outlive every version. One is added, never renamed, never reused; the compiler holds the list. */
const EVENTS = {
  'action.proposed': true,
  'action.judged': true,
  'action.joined': true,
  'action.turned-away': true,
  'action.executed': true,
  'action.failed': true,
  'action.unknown': true,
  'action.closed': true,
  'action.revealed': true,
  'approval.requested': true,
  'approval.vote-cast': true,
  'approval.confirmed': true,
  'approval.vote-refused': true,
  'approval.approved': true,
  'approval.denied': true,
  'approval.expired': true,
  'approval.cancelled': true,
  'approval.unsatisfiable': true,
  'approval.superseded': true,
  'approval.escalated': true,
  'approval.reminded': true,
  'approval.lapsed': true,
  'approval.revoked': true,
  'approval.refused': true,
  'grant.issued': true,
  'grant.redeemed': true,
  'approval.glass-broken': true,
  'approval.glass-reviewed': true,
  'action.waived': true,
  'approval.drill-ended': true,
} as const satisfies Record<EventType, true>;

/** Why policy answered as it did: written into every `action.judged`. */
const JUDGEMENTS = {
  permitted: true,
  'needs-review': true,
  'input-rejected': true,
  'request-invalid': true,
  forbidden: true,
  'policy-error': true,
  'no-permit': true,
  'engine-trap': true,
  'kill-switch': true,
} as const satisfies Record<JudgementCode, true>;

/** What the verifier says failed: docs/spec/receipt.md, verify/README.md. */
const FAILURES = {
  'trust-invalid': true,
  'grant-keys-invalid': true,
  'source-unreadable': true,
  'checkpoint-missing': true,
  'bundle-missing': true,
  'tile-missing': true,
  'checkpoint-malformed': true,
  'origin-unknown': true,
  'log-signature-missing': true,
  'log-signature-invalid': true,
  'cosignature-invalid': true,
  'quorum-not-met': true,
  'bundle-malformed': true,
  'tile-mismatch': true,
  'root-mismatch': true,
  'not-consistent': true,
  'range-invalid': true,
  'entry-malformed': true,
  'stream-gap': true,
  'epoch-mismatch': true,
  'receipt-malformed': true,
  'extra-malformed': true,
  'not-included': true,
  'event-malformed': true,
  'event-out-of-order': true,
  'event-mismatch': true,
  'statement-mismatch': true,
  'policy-digest-mismatch': true,
  'excluded-voter': true,
  'repeated-voter': true,
  'requirements-unmet': true,
  'not-the-confirmer': true,
  'proof-missing': true,
  'proof-malformed': true,
  'key-unknown': true,
  'assertion-type-mismatch': true,
  'assertion-cross-origin': true,
  'assertion-origin-mismatch': true,
  'assertion-challenge-mismatch': true,
  'assertion-rp-mismatch': true,
  'user-not-present': true,
  'user-not-verified': true,
  'assertion-flags-mismatch': true,
  'assertion-signature-invalid': true,
  'key-of-another': true,
  'key-not-yet-enrolled': true,
  'key-level-too-low': true,
  'key-removed': true,
  'enrolment-malformed': true,
  'enrolment-mismatch': true,
  'grant-reused': true,
  'action-digest-mismatch': true,
  'action-mismatch': true,
  'seen-digest-mismatch': true,
  'view-mismatch': true,
  'grant-mismatch': true,
  'grant-signature-invalid': true,
  'waiver-mismatch': true,
  'tool-mismatch': true,
} as const satisfies Record<FailureCode, true>;

/** Every word for where an action stands (R10). Exit codes of each: cli/test/exit.test.ts. */
const STANDINGS = {
  pending: true,
  allowed: true,
  approved: true,
  executing: true,
  executed: true,
  failed: true,
  unknown: true,
  denied: true,
  expired: true,
  cancelled: true,
  unsatisfiable: true,
  superseded: true,
  lapsed: true,
  revoked: true,
  refused: true,
  'budget-exhausted': true,
} as const satisfies Record<State, true> satisfies Record<SdkState, true>;

const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/`([a-z][a-z-]*(?:\.[a-z-]+)?)`/g)].map(([, word = '']) => word);

describe('words of the ledger', () => {
  test('event types are those of docs/spec, with the erasure a verifier has to expect', () => {
    const page = readFileSync(join(root, 'docs/spec/receipt.md'), 'utf8');
    const named = wordsOf(page).filter((word) => /^(action|approval|grant)\.[a-z]+/.test(word));
    const members = ['action.id', 'action.type'];
    expect(new Set(named.filter((word) => !members.includes(word)))).toEqual(
      new Set([...Object.keys(EVENTS), 'action.erased']),
    );
  });
  test('codes of a judgement are those of docs/spec', () => {
    const page = readFileSync(join(root, 'docs/spec/policy.md'), 'utf8');
    const known = new Set(wordsOf(page));
    expect(Object.keys(JUDGEMENTS).filter((code) => !known.has(code))).toEqual([]);
  });
  test('codes of the verifier that docs/spec names exist', () => {
    const page = readFileSync(join(root, 'docs/spec/receipt.md'), 'utf8');
    const rows = page.split('| code | what failed |')[1]?.split('\n\n')[0] ?? '';
    const codes = rows.split('\n').flatMap((row) => wordsOf(row.split('|')[1] ?? ''));
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !(code in FAILURES))).toEqual([]);
  });
});

test('R10 states', () => {
  expect([...STATES]).toEqual(Object.keys(STANDINGS));
});

describe('the command line', () => {
  test('commands', () => {
    expect(COMMANDS.map(({ name }) => name)).toEqual([
      'serve',
      'migrate',
      'demo',
      'doctor',
      'keys init',
      'teams package',
      'login',
      'logout',
      'act',
      'exec',
      'approvals list',
      'approvals watch',
      'approvals show',
      'approvals approve',
      'approvals deny',
      'approvals confirm',
      'approvals edit',
      'approvals revoke',
      'people list',
      'people show',
      'people deactivate',
      'people activate',
      'people sign-out',
      'people link',
      'actions show',
      'actions cancel',
      'actions report',
      'actions close',
      'agents list',
      'agents register',
      'agents change',
      'agents key',
      'agents rotate',
      'agents revoke',
      'agents stop',
      'agents resume',
      'agents stop-all',
      'agents resume-all',
      'agents retire',
      'delegations list',
      'delegations grant',
      'delegations end',
      'report',
      'drills list',
      'drills run',
      'policy check',
      'policy test',
      'policy explain',
      'ledger verify',
      'ledger prove',
      'ledger export',
      'ledger new-epoch',
      'store copy',
      'store check',
      'backup',
      'restore',
      'receipt get',
      'receipt verify',
      'completions',
      'waivers list',
      'waivers propose',
      'waivers endorse',
      'waivers revoke',
      'break-glass list',
      'break-glass review',
      'tools list',
      'tools show',
      'tools accept',
      'tools refuse',
      'channels list',
      'channels letters',
      'channels replay',
      'channels try',
      'hook',
      'hook install',
      'hook uninstall',
      'hook resume',
      'mcp',
      'classify',
    ]);
  });
  test('exit codes', () => {
    expect(EXIT).toEqual({
      done: 0,
      failed: 1,
      usage: 2,
      denied: 3,
      undecided: 4,
      unreachable: 5,
    });
  });
});

const EXPORTS: Readonly<Record<string, { readonly values: string; readonly types: string }>> = {
  api: {
    values: 'CONSOLE_PAGES PROBLEMS ROUTES check commonProblems isSettledState openApi problemOf',
    types:
      'ActionStatus AddedPasskey AddingPasskey AgentItem AgentList AlertItem AlertList Altering ApprovalItem ApprovalList ApprovalPage ApprovalReport Bodies BreakingGlass BrokenGlass CallerKind ChannelItem ChannelList ChatItem ChatKind ChatList Closing ConsolePage DeadLetter DeadLetters Decided DecidedTogether Delegating DelegationItem DelegationList DrillItem DrillList Editing EndorsingWaiver Exchanging Explanation Health IssuedKey Issuing KeyItem MadePasskey May Me Misfit MySession Names Occurrence OpenGlassList PasskeyDone PasskeyItem PasskeyList PasskeyOptions PersonItem PersonList PolicyItem PolicyList PolicySources PolicyTests Problem ProblemCode Proposing ProviderList PushKey PushState Redeeming Registering ReleasedAction Replayed Reporting Revealed Revealing ReviewingGlass ReviewingTool Revoking Role Rotating Route RouteId RunningDrill SessionList SignedOut SignedStatement Similar Stating StatingWaiver Stop SwitchState TellingTools Terminal TerminalCode TerminalToken TimelineItem ToSign ToVouch ToldTools ToolItem ToolList ToolPage ToolPin TriedChannel VoteItem Voting VotingItem VotingTogether WaitingPasskeys WaiverItem WaiverList WaivingWish',
  },
  cli: {
    values: 'run',
    types: 'Io',
  },
  core: {
    values:
      'ALERTS ALERT_KINDS ASSURANCES ATTENTION_MS COPY_STATES COSIGNATURE EMPTY_ROOT EPOCHS KeptWaiver LEAST_REASON LOG_SIGNATURE MAX_ENTRY_BYTES MOST_IN_BATCH NO_COPIES NO_MASKING_POLICY NO_TOOLS NotCanonical RISKS RULES SIGNING_MS STATES SUSPICIONS StoreFailure TILE_WIDTH TOOLS TOOLS_STANDING ToldAlert TypedFact acceptedBefore after alertsOf approveBy askingOf assertNever attendedBy base64url batchOf buildReceipt canonical challengeOf changeTools classOfName copiesOf copyStream createAttention createCheckpointer createCosigner createEntryProver createFrontier createGatekeeper createGroupCommit createListeners createLogSigner createMasker createReport createStreamMasker createTree createViewerMasker createWaiverBook decide decodeBundle decodeEntry decrypt definitionOf deriveKey deriveSigningKey digestAction digestToolView digestView encodeAlert encodeBundle encodeCopyEvent encodeEntry encodeEpoch encrypt endWords endorseWaiver epochNow epochsOf err evolve evolveCopies fingerprintAction formatCheckpoint formatNote formatVkey fromBase64url fromBytes fromUtf8 groupsAsked hashLeaf hashPrefixed hmac instant isAmong isAmongAsked isConsistent isCopyStream isDataClass isDataClasses isDrill isId isIncluded isSameSecret isSignedBy isUnsealed jwkOf keptIn levelsOf likelyClass makeId makeSigningKeyPem measureUnit ok openGlasses openGrant openJws openNote opened originInEpoch packQuestion parseCheckpoint parseDuration parseJson parseNote parseTilePath parseVkey partialWidth phraseOf pinIn pinOf pinsOf progressOf proposeWaiver proveConsistency proveInclusion provenEntries questionOf quoteClaim raise random readCheckpoint readMaskingPolicy readSigningKey readTools refuseRollback replay revealable reviewTool revokeWaiver rootAt sealBlob sha256 shown sightTools signCheckpoint signJws signedUntil sourceOf splitOrigin standIns standingOfCopies statementToSign statusOf surveyDump suspicionsIn tilePath toBytes toIso toolStream unlinked unpackQuestion utf8 validateArguments viewTool visible waiverStateOf whatIsMissing whyNotRevoke',
    types:
      'Action ActionId ActionType Admission Agent Alert Answer AppendOutcome AppendRefusal Appended Approval ApprovalEvent ApprovalId ApprovalReport ApproveBy ArgumentRefusal Arguments Assurance Attended Attention Badge Ballot Batch BatchItem Because Blob Blobs BreakGlass Card CardLine CardProgress Change Channel ChannelKind ChannelTrouble ChatAccount Checkpoint Checkpointer Choice Claim Click Clock Command Conversation Copies Copy CopyEvent Counted Cover CustomClass DataClass DataClasses DataFamily DecisionStatement Delivered Desk Digest Directory Disclosures Display DrillResult DumpProgress DumpedBlob DumpedClaim DumpedEntry DumpedStanding Edge Edit EndWords Endorsement Entity EntryProver EpochBegun EscalationStep EventType Exclude Fact Facts Field Finding FirstSight Found Frontier FullTile Gate GateRefusal Gatekeeper GlassReview GrantClaims GrantId GrantProblem GroupCommit Hash Head Incoming Inspectable Instant Json JsonRefusal Judge Judgement JudgementCode Jwk Kept Known KnownPin LastSigned Leases LedgerStore LengthBucket Limits Lineage Listeners Masked Masker MaskerOptions MaskingPolicy MaskingProblem Matcher News NoteRefusal NoteSignature NoteSigner NoteVerifier Notice OpenGlass OpenedNote Outcome Outgoing ParsedNote Parts Payload Person PinnedTool Place Proof Proposal ProposalRefusal ProvenEntry Purpose Question Quota ReceiptParts ReceiptRefusal Refusal Released Rendered Report Requirement Result RevealRefusal ReviewerLoad Risk Rule Scope ServerTools Settings Share Shown Sighting SigningKey Sized Skipped Sourced Spread Standing StandsFor State Status StoreDump StoredEntry StreamMasker StreamMaskerOptions Survey SurveyCode SurveyProblem Suspicion TilePath TileReader Told ToolChange ToolDefinition ToolEvent ToolView Tree Understood Unit Unsealed Validated Verdict View Viewer Viewers Visible Vote Waiver WaiverBook WaiverEvent WaiverId WaiverRefusal WaiverState WaiverView WaiverWish WhyNoClick WhySuspended',
  },
  'gates/api': {
    values: 'createApiGate readActionTypes',
    types: 'ApiActionType Catalogue FactRule Listed Resource Table TypeProblem',
  },
  'gates/exec': {
    values:
      'ExecFailure SHELL_EXEC createExecGate describe execute factsOf resolveBinary shellExec shownCommand',
    types:
      'Binary CommandFacts Detail ExecArguments ExecClient ExecFailureCode ExecGate ExecGateParts ExecReport ExecRequest ExecResult ExecStatus ExitCode Ran Recording RunOptions SecretReferences Stream Understanding',
  },
  'gates/hook': {
    values: 'HOOK_TOOL_USE HOSTS HOST_NAMES createHookGate isHost',
    types: 'Host ReadCommand',
  },
  'gates/mcp': {
    values:
      'GATE_AUDIENCE LIMITS MCP_SERVER MCP_TOOL_CALL METADATA_PATH TIMES TOOL_CALL WAIT_TOOL createHttpFront createHttpUpstream createMask createMcpGate createSealer createSseReader createStdioFront createStdioUpstream createStory factsOf hintsOf paramHeaders paramHeadersOf readBody readMessage serveOne withBridges withId writeSse',
    types:
      'About Admission Answered Body CallFacts CallStatus Caller ChildLimits ClientSaid Era House HttpFront HttpFrontParts HttpSettings Id Identify Limits Link Mask McpGateParts McpParts Members Message Mounted Notification Opening ParamHeader Program Received Reply Request Response Run Sealer Served SseEvent SseReader Standing StdioFront StdioFrontParts StdioSettings Story StreamEvent Times Tool ToolCall Tools Unread Upstream UpstreamState Way',
  },
  'gates/postgres': {
    values:
      'DATABASE GATE_AUDIENCE SQL_QUERY UpstreamFailure createCatalogFollower createEstimator createJudge createPostgresGate createResultMasking createUpstream listen loadClassify scramKeysOf serve shapeOf turnAway',
    types:
      'Admission Asked BoundValue Catalog CatalogConnection CatalogFollower Classes Classified Classify Column Connection Credentials DatabaseSettings Estimate Estimator FollowerParts FunctionClass Holds House Judge JudgeParts Judged Kind Known Lane LaneLogin ListenOptions Listener Mounted NameUse NotRun Peer Permit PostgresParts QueryArguments QueryRun QueryStatus Relation ResultMasking ResultMaskingParts RowMask ScramAccount ScramKeys StatementFacts TextFacts Upstream UpstreamParts',
  },
  'channels/push': {
    values: 'createSender createSubscriptions deriveVapidKey pushEndpoint',
    types: 'Delivery Nudge PushHosts Send Subscription Subscriptions VapidKey',
  },
  'channels/slack': {
    values: 'createSlack lintBlocks renderCard',
    types: 'Block SlackParts SlackSettings Surface',
  },
  'channels/email': {
    values: 'createEmail emailTrouble',
    types: 'EmailParts EmailSettings',
  },
  'channels/webhook': {
    values: 'createWebhook webhookTrouble',
    types: 'WebhookParts WebhookSettings',
  },
  'channels/pagerduty': {
    values: 'createPagerDuty',
    types: 'PagerDutyParts PagerDutySettings',
  },
  'channels/teams': {
    values: 'appPackage createTeams whyNoApp',
    types: 'AppSettings TeamsParts TeamsSettings',
  },
  policy: {
    values:
      'createPolicyEngine explain getPolicies loadPolicyFolder openPolicySet readPolicyTests recordDecision rejudge runPolicyTests serialize testApart watchPolicyFolder',
    types:
      'Decided DecisionRecord Groups LoadOptions Loaded PolicyEngine PolicyEngineParts PolicyInfo PolicyKind PolicySet PolicyWatch Problem ProblemCode Rejudged TestReport TestResult Tested WatchParts',
  },
  identity: {
    values:
      'DEVELOPMENT DEVELOPMENT_PATH DIRECTORY DirectoryFailure LONGEST_DELEGATION_MS WORKLOAD_ALGORITHMS WORKLOAD_KINDS activeAt attesting challengeOf chatAccountOf createAdmission createChatAccounts createDevelopmentProvider createEnrolling createGoogleDirectory createLabels createLinking createProfiles createRecords createRoster createScim createSessionCookie createSessions createSignIn createSigning createTerminals createWorkloads developmentSettings errorBody followDirectories groupsOf humanOf isBound isJwt isKeyGood isOver isSpiffeId isStopped keyIdOf keyOf kindOfIssuer levelOf makeKey nameKey nothingSaid noticing openVerifier passkeysOf profileOf provisionedPerson readServiceAccount scimRefusal sealVerifier siteOf spiffeOf standing subjectOf verifierAside verifierOf waitingIn weaknessOf',
    types:
      'Account Acting AdmissionParts AgentEvent AgentKey AgentProfile Agents Attestation Attributed Binding CertificateRefusal Chat ChatAccounts ChatEvent ChatPlace ChatRefusal ChatSource Chats Claims Connection Delegation DelegationEvent DirectoryEvent DirectoryFollower DirectorySettings Enrolling EnrolmentStatement Group GroupSource Labels LinkedChat Linking Metadata NoticedTenant Passkey PasskeyCode PasskeyEvent PasskeyFacts PasskeyRefusal PeerCertificate Planned Profile Profiles ProviderSettings Records RegisteredAgent Roster RosterState ScimReply ScimRequest Session SessionCookie Sessions SignIn SignInRefusal SignedAnswer Signing Site Stop Terminals ToSign Verifier VerifyWorkload Weakness Workload WorkloadAlgorithm WorkloadIssuer WorkloadKind',
  },
  sdk: {
    values:
      'CountersignError GatewayUnreachable InvalidArguments NotExecuted OutcomeUnknown OutcomeUnreported Refused answerGuarded askFirst createClient createTransport denialOf guard isSettled parseResource renderDenial runGuarded',
    types:
      'ActionStatus Because Call Client Connection Context Denial Guarded GuardedFn GuardedTool Json Problem Proposal Released Report Request Resource Retry Run Settled Standing State ToolCall ToolFn Transport Waiting',
  },
  server: {
    values:
      'StartFailure createLive describeFailure exposedKeys loadActionTypes loadConfig loadRouting lookAtClasses makeKeys serve',
    types: 'Config ConfigProblem Gateway ServeOptions',
  },
  'server/databases': {
    values: 'OperationFailure classesFileOf classifyDatabase entryByUrl loadConfig lookAtDatabases',
    types: 'Classification DatabaseEntry DatabaseFinding Difference',
  },
  'server/operations': {
    values:
      'OperationFailure StartFailure backUp beginEpoch checkBackup checkStore copyStore loadConfig migrateLedger restore',
    types: 'Checked Copied EpochOptions EpochPlan Manifest Restored StoreProblem',
  },
  'stores/postgres': {
    values:
      'SCHEMA_VERSION createPostgresStore holdPostgres loadPostgres migrate openPostgresDump requireIdle',
    types: 'Migrated PostgresStore PostgresStoreOptions StoreHealth',
  },
  'stores/sqlite': {
    values: 'createLastSignedFile createSqliteStore holdSqlite loadSqlite openSqliteDump',
    types: 'SqliteStoreOptions',
  },
  verify: {
    values:
      'checkAssertion createHttpSource passkeyText readTrust signedText verifyLedger verifyRange verifyReceipt webPrimitives',
    types:
      'Alg Asserted Checkpoint Depth Enrolment Failure FailureCode LedgerOptions PasskeyUsed Primitives PublicKey Quorum RangeOptions Result Source Trust VerifiedLedger VerifiedRange VerifiedReceipt Voted',
  },
};

const isType = (name: string): boolean => name.startsWith('type ');

describe('what each package exports', () => {
  test.each(Object.entries(EXPORTS))('%s', (dir, pinned) => {
    const index = readFileSync(join(root, fileOf(dir)), 'utf8');
    const names = [...index.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(
      ([, type = '', list = '']) =>
        list
          .split(',')
          .map((name) => name.trim().replace(/^.* as /, ''))
          .flatMap((name) => (name === '' ? [] : [type + name])),
    );
    expect(index.match(/^export /gm)).toHaveLength(
      index.match(/^export (type )?\{/gm)?.length ?? 0,
    );
    expect({
      values: names.filter((name) => !isType(name)).toSorted(),
      types: names
        .filter(isType)
        .map((name) => name.slice(5))
        .toSorted(),
    }).toEqual({
      values: pinned.values.split(' ').filter(Boolean),
      types: pinned.types.split(' ').filter(Boolean),
    });
  });
  test('every package is here', () => {
    const dirs = ['.', 'gates', 'channels', 'stores'].flatMap((parent) =>
      readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => (parent === '.' ? name : `${parent}/${name}`))
        .filter((dir) => hasIndex(dir)),
    );
    const packages = Object.keys(EXPORTS).filter((name) => !DOORS.has(name));
    expect(dirs.toSorted()).toEqual(packages.toSorted());
  });
});

/** The server has more than one door. */
const DOORS = new Set(['server/operations', 'server/databases']);

/** Where a package says what it exports. */
const fileOf = (dir: string): string =>
  DOORS.has(dir) ? `${dir.replace('/', '/src/')}.ts` : `${dir}/src/index.ts`;

function hasIndex(dir: string): boolean {
  try {
    return readdirSync(join(root, dir, 'src')).includes('index.ts');
  } catch {
    return false;
  }
}
