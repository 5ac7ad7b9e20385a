export { ok, err, assertNever, type Result } from './result.ts';
export { instant, after, parseDuration, type Instant } from './time.ts';
export {
  makeId,
  isId,
  type ActionId,
  type ApprovalId,
  type GrantId,
  type WaiverId,
} from './ids.ts';
export { canonical, NotCanonical } from './canonical.ts';
export {
  StoreFailure,
  type AppendRefusal,
  type Appended,
  type Claim,
  type Clock,
  type Counted,
  type Head,
  type Judge,
  type Leases,
  type LedgerStore,
  type News,
  type Quota,
  type Standing,
  type StoredEntry,
  type Unit,
} from './ports.ts';
export { isUnsealed, sealBlob, type Blob, type Blobs, type Unsealed } from './blob.ts';
export {
  sha256,
  decrypt,
  deriveKey,
  deriveSigningKey,
  encrypt,
  isSignedBy,
  makeSigningKeyPem,
  readSigningKey,
  type Digest,
  type SigningKey,
} from './crypto.ts';
export {
  createEntryProver,
  provenEntries,
  type DumpedBlob,
  type DumpedClaim,
  type DumpedEntry,
  type DumpedStanding,
  type DumpProgress,
  type EntryProver,
  type ProvenEntry,
  type StoreDump,
} from './dump.ts';
export { surveyDump, type Survey, type SurveyCode, type SurveyProblem } from './survey.ts';
export {
  EMPTY_ROOT,
  fromBytes,
  hashLeaf,
  hashPrefixed,
  toBytes,
  type Hash,
} from './ledger/hash.ts';
export { createFrontier, type Frontier } from './ledger/frontier.ts';
export {
  createTree,
  levelsOf,
  partialWidth,
  TILE_WIDTH,
  type Edge,
  type FullTile,
  type Tree,
} from './ledger/tree.ts';
export { parseTilePath, tilePath, type TilePath } from './ledger/tile-path.ts';
export { decodeBundle, encodeBundle } from './ledger/bundle.ts';
export {
  isConsistent,
  isIncluded,
  proveConsistency,
  proveInclusion,
  rootAt,
  type TileReader,
} from './ledger/proof.ts';
export {
  createGroupCommit,
  type AppendOutcome,
  type GroupCommit,
  type Limits,
  type Sized,
} from './ledger/group-commit.ts';
export { measureUnit, MAX_ENTRY_BYTES } from './ledger/unit.ts';
export { toIso } from './time.ts';
export { base64url, fromBase64url, fromUtf8, hmac, isSameSecret, random, utf8 } from './crypto.ts';
export { parseJson, type Json, type JsonRefusal } from './json.ts';
export {
  TypedFact,
  type Entity,
  type Fact,
  type Facts,
  type Judgement,
  type JudgementCode,
  type Question,
  type Verdict,
} from './judgement.ts';
export { packQuestion, questionOf, unpackQuestion } from './question.ts';
export type { Agent, Directory, Known, Person, StandsFor } from './directory.ts';
export type { Gate, GateRefusal, Inspectable, Understood } from './gate.ts';
export type { Display, Parts, Settings } from './parts.ts';
export { digestAction, fingerprintAction, type Action, type Lineage } from './action/action.ts';
export {
  validateArguments,
  type ActionType,
  type ArgumentRefusal,
  type Arguments,
  type Field,
  type Validated,
} from './action/schema.ts';
export { digestView, type View } from './action/view.ts';
export { phraseOf } from './action/phrase.ts';
export type { Payload } from './action/payload.ts';
export {
  ASSURANCES,
  RISKS,
  type Assurance,
  type Exclude,
  type EscalationStep,
  type Requirement,
  type Risk,
} from './approval/requirement.ts';
export { STATES, type Approval, type State } from './approval/approval.ts';
export type { Command, Refusal, RevealRefusal } from './approval/command.ts';
export { decide } from './approval/decide.ts';
export { groupsAsked, isAmongAsked } from './approval/escalation.ts';
export { standIns } from './approval/eligibility.ts';
export { progressOf } from './approval/progress.ts';
export { evolve, replay } from './approval/evolve.ts';
export { decodeEntry, encodeEntry } from './approval/entry.ts';
export type { ApprovalEvent, EventType, Outcome, Report, Vote } from './approval/event.ts';
export type { Proof } from './approval/proof.ts';
export type { Shown } from './approval/shown.ts';
export {
  challengeOf,
  SIGNING_MS,
  signedUntil,
  type Purpose,
  type Choice,
  type DecisionStatement,
} from './approval/statement.ts';
export { openGrant, type GrantClaims, type GrantProblem } from './grant/grant.ts';
export { jwkOf, openJws, signJws, type Jwk } from './grant/jws.ts';
export type { Proposal, ProposalRefusal } from './draft.ts';
export type { Edit } from './edit.ts';
export { opened, shown, type Released } from './release.ts';
export { revealable } from './reveal.ts';
export { statusOf, type Status } from './status.ts';
export { createGatekeeper, type Answer, type Change, type Gatekeeper } from './gatekeeper.ts';
export { createListeners, type Listeners } from './ledger/listeners.ts';
export {
  COSIGNATURE,
  createCosigner,
  createLogSigner,
  formatNote,
  formatVkey,
  LOG_SIGNATURE,
  openNote,
  parseNote,
  parseVkey,
  type NoteRefusal,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  type OpenedNote,
  type ParsedNote,
} from './ledger/note.ts';
export {
  formatCheckpoint,
  parseCheckpoint,
  readCheckpoint,
  signCheckpoint,
  type Checkpoint,
} from './ledger/checkpoint.ts';
export {
  encodeEpoch,
  epochNow,
  EPOCHS,
  epochsOf,
  originInEpoch,
  splitOrigin,
  type EpochBegun,
} from './ledger/epoch.ts';
export { keptIn, refuseRollback, whatIsMissing, type Kept } from './ledger/rollback.ts';
export { createCheckpointer, type Checkpointer, type LastSigned } from './ledger/checkpointer.ts';
export {
  isAmong,
  isDataClass,
  isDataClasses,
  likelyClass,
  type DataClass,
  type DataClasses,
  type DataFamily,
} from './masking/class.ts';
export { classOfName } from './masking/names.ts';
export { type Cover } from './masking/cover.ts';
export {
  createMasker,
  type Masked,
  type Masker,
  type MaskerOptions,
  type Place,
} from './masking/masker.ts';
export {
  createStreamMasker,
  type StreamMasker,
  type StreamMaskerOptions,
} from './masking/stream.ts';
export { type CustomClass } from './masking/custom.ts';
export { createViewerMasker } from './masking/viewer-masker.ts';
export {
  NO_MASKING_POLICY,
  readMaskingPolicy,
  type MaskingPolicy,
  type MaskingProblem,
  type Viewer,
  type Viewers,
} from './masking/viewers.ts';
export { type Rule } from './masking/rule.ts';
export { RULES } from './masking/rules.ts';
export { type Found } from './masking/pieces.ts';
export { quoteClaim, visible, type Visible } from './masking/visible.ts';
export { unlinked } from './masking/unlinked.ts';
export {
  buildReceipt,
  type Disclosures,
  type ReceiptParts,
  type ReceiptRefusal,
} from './ledger/receipt.ts';
export { statementToSign, type Ballot } from './ballot.ts';
export { LEAST_REASON, type Finding, type Skipped } from './approval/glass.ts';
export { createWaiverBook, type Kept as KeptWaiver, type WaiverBook } from './waiver/book.ts';
export { proposeWaiver, type WaiverWish } from './waiver/propose.ts';
export {
  askingOf,
  endorseWaiver,
  revokeWaiver,
  sourceOf,
  whyNotRevoke,
  type Endorsement,
  type Sourced,
} from './waiver/endorse.ts';
export type { WaiverRefusal } from './waiver/refusal.ts';
export type { Matcher, Scope } from './waiver/scope.ts';
export type { WaiverView } from './waiver/terms.ts';
export { waiverStateOf, type Waiver, type WaiverEvent, type WaiverState } from './waiver/waiver.ts';
export { openGlasses, type BreakGlass, type GlassReview, type OpenGlass } from './glass.ts';
export {
  approveBy,
  type ApproveBy,
  type Badge,
  type Card,
  type CardLine,
  type CardProgress,
  type Rendered,
  type WhyNoClick,
} from './channel/card.ts';
export {
  type Channel,
  type ChannelKind,
  type ChannelTrouble,
  type Conversation,
  type Delivered,
  type Incoming,
  type Notice,
  type Outgoing,
} from './channel/channel.ts';
export type { ChatAccount, Click, Desk, Told } from './channel/desk.ts';
export {
  COPY_STATES,
  copiesOf,
  copyStream,
  encodeCopyEvent,
  evolveCopies,
  isCopyStream,
  NO_COPIES,
  standingOfCopies,
  type Copies,
  type Copy,
  type CopyEvent,
} from './channel/copies.ts';
export {
  ALERT_KINDS,
  alertsOf,
  ALERTS,
  encodeAlert,
  raise,
  type Alert,
  type Told as ToldAlert,
} from './flood/alert.ts';
export { createAttention, ATTENTION_MS, type Attended, type Attention } from './flood/attention.ts';
export { attendedBy } from './flood/reviewers.ts';
export type { Because } from './flood/because.ts';
export { batchOf, MOST_IN_BATCH, type Batch, type BatchItem } from './approval/batch.ts';
export { isDrill } from './approval/drill.ts';
export type { DrillResult } from './approval/event.ts';
export { createReport } from './report/make.ts';
export type { ApprovalReport, LengthBucket, ReviewerLoad, Share, Spread } from './report/report.ts';
export { pinOf, pinsOf, type PinnedTool, type ToolDefinition } from './tools/definition.ts';
export type { ToolEvent, WhySuspended } from './tools/event.ts';
export {
  acceptedBefore,
  NO_TOOLS,
  pinIn,
  type KnownPin,
  type ServerTools,
} from './tools/registry.ts';
export { reviewTool, sightTools, type FirstSight, type Sighting } from './tools/decide.ts';
export {
  changeTools,
  definitionOf,
  readTools,
  TOOLS,
  TOOLS_STANDING,
  toolStream,
} from './tools/stream.ts';
export { SUSPICIONS, suspicionsIn, type Suspicion } from './tools/suspicious.ts';
export type { ToolChange } from './tools/diff.ts';
export { digestToolView, viewTool, type ToolView } from './tools/view.ts';
export { endWords, type EndWords } from './words.ts';
export { type Admission } from './admission.ts';
