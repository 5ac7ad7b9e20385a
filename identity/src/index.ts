export { createRoster, DIRECTORY, type Planned, type Roster } from './roster/roster.ts';
export { nothingSaid, type RosterState } from './roster/state.ts';
export type { Attributed, DirectoryEvent } from './roster/event.ts';
export { groupsOf, humanOf, type Account, type GroupSource } from './roster/people.ts';
export { nameKey, type Group } from './roster/groups.ts';
export { provisionedPerson, type Connection } from './scim/connection.ts';
export { createRecords, type Records } from './scim/records.ts';
export { errorBody, refusal as scimRefusal } from './scim/refusal.ts';
export { createScim, type ScimReply, type ScimRequest } from './scim/scim.ts';
export { createProfiles, type Profile, type Profiles } from './profiles.ts';
export type { Session } from './session.ts';
export { createSessions, type Sessions } from './sessions/sessions.ts';
export { createSessionCookie, type SessionCookie } from './sessions/cookie.ts';
export { createTerminals, type Terminals } from './sessions/terminal.ts';
export { createAdmission, type AdmissionParts, subjectOf } from './oidc/people.ts';
export { createSignIn, type SignIn } from './oidc/sign-in.ts';
export type { ProviderSettings } from './oidc/settings.ts';
export type { SignInRefusal } from './oidc/refusal.ts';
export {
  createDevelopmentProvider,
  DEVELOPMENT,
  DEVELOPMENT_PATH,
  developmentSettings,
} from './development/provider.ts';
export {
  isKeyGood,
  isStopped,
  profileOf,
  type AgentEvent,
  type AgentKey,
  type AgentProfile,
  type Agents,
  type Binding,
  type RegisteredAgent,
  type Stop,
} from './roster/agents.ts';
export { keyIdOf, keyOf, makeKey } from './agents/key.ts';
export {
  challengeOf,
  openVerifier,
  sealVerifier,
  verifierAside,
  verifierOf,
  type Verifier,
} from './agents/scram.ts';
export {
  isBound,
  kindOfIssuer,
  weaknessOf,
  WORKLOAD_KINDS,
  type Claims,
  type Weakness,
  type WorkloadKind,
} from './agents/binding.ts';
export {
  isSpiffeId,
  spiffeOf,
  type CertificateRefusal,
  type PeerCertificate,
} from './agents/certificate.ts';
export {
  createWorkloads,
  isJwt,
  WORKLOAD_ALGORITHMS,
  type VerifyWorkload,
  type Workload,
  type WorkloadAlgorithm,
  type WorkloadIssuer,
} from './agents/workload.ts';
export {
  levelOf,
  passkeysOf,
  type EnrolmentStatement,
  type Passkey,
  type PasskeyEvent,
  type PasskeyFacts,
} from './roster/passkeys.ts';
export { siteOf, type Site } from './passkeys/site.ts';
export { attesting } from './passkeys/lazily.ts';
export type { Attestation } from './passkeys/attestation.ts';
export type { Metadata } from './passkeys/metadata.ts';
export { createLabels, type Labels } from './passkeys/labels.ts';
export { waitingIn } from './passkeys/rules.ts';
export { createEnrolling, type Enrolling } from './passkeys/enrolling.ts';
export type { Acting } from './passkeys/making.ts';
export { createSigning, type SignedAnswer, type Signing, type ToSign } from './passkeys/signing.ts';
export type { PasskeyCode, PasskeyRefusal } from './passkeys/refusal.ts';
export { createGoogleDirectory, DirectoryFailure, readServiceAccount } from './directory/google.ts';
export {
  followDirectories,
  type DirectoryFollower,
  type DirectorySettings,
} from './directory/follow.ts';
export type { Chat, ChatEvent, Chats } from './roster/chats.ts';
export { createChatAccounts, type ChatAccounts, type LinkedChat } from './chat/accounts.ts';
export { chatAccountOf, type ChatPlace } from './chat/claims.ts';
export { createLinking, type ChatRefusal, type ChatSource, type Linking } from './chat/linking.ts';
export { noticing, type NoticedTenant } from './chat/noticing.ts';
export {
  activeAt,
  isOver,
  LONGEST_DELEGATION_MS,
  standing,
  type Delegation,
  type DelegationEvent,
} from './roster/delegations.ts';
