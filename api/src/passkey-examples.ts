import type { DecisionStatement, Instant } from '@countersign/core';
import type * as passkey from './passkey.ts';

const APPROVAL = 'apr_01kq3v8f5hm4p6y8d1s3a5c7e9g2j4n6q8r0';
const DIGEST = 'sha256:3b7e72dc1f0a4c55e8b09d6f2a913c47d5e8860f1b2c3d4e5f60718293a4b5c6';
const SEEN = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const POLICY = 'sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const CREDENTIAL = 'PS-phr_4FfE80Q-AevfUaQVpGG7bVPDf_iMyIEkmeGM';
const PUBLIC_KEY = 'MCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const TICKET = 'c1b6a7d0f3e29584';
const AT = '2026-11-20T03:12:00.000Z';
const issuedAt = 1_795_144_320_000 as Instant;
const expiresAt = 1_795_144_620_000 as Instant;
const nonce = 'q3F1yV0c0mJ7bQ2y4xkQ1A';

const statement: DecisionStatement = {
  v: 1,
  origin: 'countersign.example/ledger',
  approvalId: APPROVAL,
  version: 1,
  actionDigest: DIGEST,
  choice: 'approve',
  person: 'dana',
  seenDigest: SEEN,
  policyDigest: POLICY,
  issuedAt,
  expiresAt,
  nonce,
};
const options = {
  rpId: 'countersign.example',
  challenge: 'zT0ij8v3pYQ2Zs1cC0vXo0n1mC6yq9kW4b7d2e5f8g0',
  allowCredentials: [{ id: CREDENTIAL, type: 'public-key' }],
  userVerification: 'required',
  timeout: 300_000,
};
const response: passkey.AssertionResponse = {
  id: CREDENTIAL,
  rawId: CREDENTIAL,
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
    authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAA',
    signature: 'MEUCIQDx',
  },
};
const signed: passkey.SignedStatement = { statement, ticket: TICKET, response };
const stating: passkey.Stating = {
  choice: 'approve',
  version: 1,
  seenDigest: SEEN,
  control: 'vote',
};
const toSign: passkey.ToSign = { statement, ticket: TICKET, options };
const vouch: passkey.VouchStatement = {
  v: 1,
  origin: 'countersign.example/ledger',
  person: 'dana',
  credential: CREDENTIAL,
  publicKey: PUBLIC_KEY,
  level: 'passkey',
  issuedAt,
  expiresAt,
  nonce,
};
const made: passkey.MadePasskey = {
  ticket: TICKET,
  response: {
    id: CREDENTIAL,
    rawId: CREDENTIAL,
    type: 'public-key',
    response: {
      clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
      attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YQ',
    },
  },
};
const adding: passkey.AddingPasskey = {
  ...made,
  label: 'laptop',
  endorsement: { statement: vouch, ticket: TICKET, response },
};
const toVouch: passkey.ToVouch = { statement: vouch, ticket: TICKET, options };
const added: passkey.AddedPasskey = { id: CREDENTIAL, state: 'enrolled' };
const list: passkey.PasskeyList = {
  items: [
    {
      id: CREDENTIAL,
      label: 'laptop',
      createdAt: AT,
      lastUsedAt: AT,
      level: 'passkey',
      state: 'enrolled',
      aaguid: '00000000-0000-0000-0000-000000000000',
      isBackedUp: true,
    },
  ],
};
const making: passkey.PasskeyOptions = {
  options: { challenge: options.challenge, rp: { id: options.rpId, name: 'Countersign' } },
  ticket: TICKET,
  needs: 'nothing',
};
const waiting: passkey.WaitingPasskeys = {
  items: [{ credential: CREDENTIAL, person: 'dana', since: AT }],
};

/** Examples of the schemas of this area. */
export const PASSKEY_EXAMPLES: Readonly<Record<string, unknown>> = {
  StateAnswer: stating,
  StatementToSign: toSign,
  SignedStatement: signed,
  PasskeyList: list,
  PasskeyOptions: making,
  MadePasskey: made,
  StatementToVouch: toVouch,
  AddPasskey: adding,
  AddedPasskey: added,
  WaitingPasskeys: waiting,
  PasskeyChange: {},
  PasskeyDone: added,
};
