// The vector files of docs/spec that core makes; vectors.test.ts compares. To write them anew:
// node --conditions=@countersign/source core/test/vector-files.ts
import { writeFileSync } from 'node:fs';
import { digestAction, fingerprintAction } from '../src/action/action.ts';
import { phraseOf } from '../src/action/phrase.ts';
import { digestView } from '../src/action/view.ts';
import { canonical } from '../src/canonical.ts';
import { challengeOf } from '../src/approval/statement.ts';
import { base64url } from '../src/crypto.ts';
import { signJws } from '../src/grant/jws.ts';
import {
  ORIGIN,
  keyOf,
  grantKey,
  TRUST,
  JWKS,
  sealing,
  receiptOf,
  executed,
  type Executed,
  otherEnds,
} from './vector-story.ts';
import { brokenEvidence, brokenFiles } from './vector-broken.ts';
import { awayEnds, awayStory, brokenAway } from './vector-away.ts';
import { floodEnds } from './vector-flood.ts';
import { brokenPasskeys, signedEnds, signedStory } from './vector-passkeys.ts';
import {
  brokenExceptions,
  brokenStory,
  exceptionalEnds,
  waivedStory,
  waiverLedgers,
} from './vector-waivers.ts';
import { toolReceipts, toolVectors } from './vector-tools.ts';

/** Every vector file of docs/spec this side makes, by name. */
export async function makeVectors(): Promise<Readonly<Record<string, unknown>>> {
  const story = await executed();
  const { action, salt, view, office, id, grant, events } = story;
  const receipt = await receiptOf(office.store, id, {
    disclosures: { action: { action, salt }, view },
    grant: sealing,
  });
  const bare = await receiptOf(office.store, id);
  const votes = events.flatMap((event) =>
    event.type === 'approval.vote-cast' ? [event.vote] : [],
  );
  const statement = votes[0]?.statement;
  const signed = await signedStory();
  const away = await awayStory();
  const [waived, broken] = [await waivedStory(), await brokenStory()];
  const calls = await toolReceipts();
  const digest = digestAction(action, salt);
  const key = Buffer.alloc(32, 7);
  return {
    'action-digest': {
      about:
        'canonical: JSON source text to canonical text, null where it has none (AD-2). actions: digests (AD-3), phrases (AD-9), fingerprints under a key in hex (AD-8).',
      canonical: CANONICAL,
      actions: [
        {
          name: 'an export',
          action,
          salt,
          canonical: canonical({ ...action, salt }),
          digest,
          phrase: phraseOf(digest),
          key: key.toString('hex'),
          fingerprint: fingerprintAction(action, key),
        },
      ],
      different: [
        {
          name: 'another argument',
          action: { ...action, arguments: { ...action.arguments, limit: 11 } },
          salt,
        },
        {
          name: 'another resource',
          action: { ...action, resource: { ...action.resource, id: 'hrm' } },
          salt,
        },
        {
          name: 'another owner',
          action: { ...action, lineage: { ...action.lineage, owner: 'dana' } },
          salt,
        },
        {
          name: 'another agent',
          action: { ...action, lineage: { ...action.lineage, agent: 'x-bot' } },
          salt,
        },
        { name: 'another credential', action: { ...action, credential: 'crm-admin' }, salt },
        { name: 'another schema version', action: { ...action, schemaVersion: 2 }, salt },
        { name: 'another salt', action, salt: 'AAAAAAAAAAAAAAAAAAAAAA' },
      ],
    },
    'decision-statement': {
      about:
        'statements: JCS text and the challenge a passkey is asked to sign, as base64url (DS-2, DS-3). views: digest of what was shown (DS-7). refused: the stream as it waits, a statement with one member changed, and why core refuses it as a vote; verify refuses the same in receipt.json.',
      statements: [
        {
          statement,
          canonical: canonical(statement),
          challenge: base64url(challengeOf('countersign/decision/v1', statement ?? {})),
        },
      ],
      views: [{ view, digest: digestView(view) }],
      waiting: events.slice(0, 3),
      vote: votes[0],
      refused: [
        {
          name: 'DS-4 another approval',
          member: 'approvalId',
          value: 'apr_other',
          refusal: 'version-mismatch',
        },
        { name: 'DS-4 another version', member: 'version', value: 2, refusal: 'version-mismatch' },
        {
          name: 'DS-4 another action',
          member: 'actionDigest',
          value: `sha256:${'1'.repeat(64)}`,
          refusal: 'digest-mismatch',
        },
        {
          name: 'DS-4 another view',
          member: 'seenDigest',
          value: `sha256:${'1'.repeat(64)}`,
          refusal: 'seen-mismatch',
        },
        {
          name: 'DS-5 from the future',
          member: 'issuedAt',
          value: 1_700_000_900_000,
          refusal: 'statement-invalid',
        },
        {
          name: 'DS-5 expired',
          member: 'expiresAt',
          value: 1_700_000_000_000,
          refusal: 'statement-invalid',
        },
        {
          name: 'R5 the owner',
          member: 'person',
          value: 'mona',
          human: 'mona',
          refusal: 'excluded',
        },
        {
          name: 'R5 a linked account of the owner',
          member: 'person',
          value: 'mona-admin',
          human: 'mona',
          refusal: 'excluded',
        },
        {
          name: 'R5 the person acted for',
          member: 'person',
          value: 'carl',
          human: 'carl',
          refusal: 'excluded',
        },
      ],
    },
    grant: grantVectors(grant, story),
    receipt: {
      about:
        'A trust file (C2SP tlog-policy), grant keys (JWK set), receipts that verify with the state they prove, and receipts that do not with the refusal.',
      trust: TRUST,
      grantKeys: JWKS,
      valid: [
        {
          name: 'four eyes, executed, all disclosed',
          state: 'executed',
          checks: { action: 'valid', view: 'valid', grant: 'valid' },
          receipt,
        },
        {
          name: 'the same, nothing disclosed',
          state: 'executed',
          checks: { action: 'not-disclosed', view: 'not-disclosed', grant: 'valid' },
          receipt: bare,
        },
        ...(await otherEnds()),
        ...(await floodEnds()),
        ...(await signedEnds(signed)),
        ...(await awayEnds(away)),
        ...(await exceptionalEnds(waived, broken)),
        ...calls.valid,
      ],
      invalid: [
        ...(await brokenEvidence(story)),
        ...brokenFiles(bare, grant),
        ...(await brokenPasskeys(signed)),
        ...(await brokenAway(away)),
        ...(await brokenExceptions(waived, broken)),
        ...calls.invalid,
      ],
    },
    waiver: await waiverLedgers(waived),
    tools: toolVectors(),
  };
}

const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
const bytes = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function grantVectors(token: string, { id }: Executed) {
  const [head = '', body = '', mac = ''] = token.split('.');
  const claims = read(body) as { nbf: number; exp: number; aud: string };
  const at = claims.nbf * 1_000;
  const expect = { issuer: ORIGIN, audience: 'data-bot', now: at };
  const none = `${bytes({ alg: 'none', typ: 'countersign-grant+jwt' })}.${body}.`;
  const other = signJws(claims, 'countersign-grant+jwt', keyOf(9));
  return {
    about: 'A token, what it says, and tokens an executor refuses. Ed25519 seed in hex.',
    seed: Buffer.alloc(32, 3).toString('hex'),
    grantKeys: JWKS,
    valid: [
      {
        name: 'the grant of the executed action',
        token,
        header: read(head),
        claims,
        action: id,
        expect,
      },
    ],
    refused: [
      { name: 'GR-1 algorithm `none`', token: none, expect, refusal: 'grant-invalid' },
      {
        name: 'GR-1 another type',
        token: signJws(claims, 'JWT', grantKey),
        expect,
        refusal: 'grant-invalid',
      },
      {
        name: 'GR-1 a signature in another spelling',
        token: `${token}=`,
        expect,
        refusal: 'grant-invalid',
      },
      {
        name: 'GR-1 a changed signature',
        token: `${head}.${body}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
        expect,
        refusal: 'grant-invalid',
      },
      {
        name: 'GR-2 changed claims',
        token: `${head}.${bytes({ ...claims, aud: 'thief' })}.${mac}`,
        expect,
        refusal: 'grant-invalid',
      },
      { name: 'GR-4 another key', token: other, expect, refusal: 'grant-invalid' },
      {
        name: 'GR-4 another issuer',
        token,
        expect: { ...expect, issuer: 'other.example' },
        refusal: 'grant-invalid',
      },
      {
        name: 'GR-4 another audience',
        token,
        expect: { ...expect, audience: 'thief' },
        refusal: 'wrong-audience',
      },
      {
        name: 'GR-3 too early',
        token,
        expect: { ...expect, now: at - 1 },
        refusal: 'grant-expired',
      },
      {
        name: 'GR-3 too late',
        token,
        expect: { ...expect, now: claims.exp * 1_000 },
        refusal: 'grant-expired',
      },
    ],
  };
}

const CANONICAL = [
  {
    source: '{"b":1,"a":[true,null,"é\\u20ac"],"\\ud83d\\ude00":1e2}',
    canonical: '{"a":[true,null,"é€"],"b":1,"😀":100}',
  },
  {
    source: '{"\\u20ac":1,"\\r":2,"1":3,"\\u0080":4,"\\ud83d\\ude00":5,"\\ufb33":6}',
    canonical: '{"\\r":2,"1":3,"\u0080":4,"€":1,"😀":5,"\ufb33":6}',
  },
  { source: '[-0, 1.0, 1e-7, 1e21, 0.1]', canonical: null },
  { source: '[-0, 1.0, 1e-7, 4.50, 0.1]', canonical: '[0,1,1e-7,4.5,0.1]' },
  { source: '9007199254740991', canonical: '9007199254740991' },
  { source: '9007199254740993', canonical: null },
  { source: '1e400', canonical: null },
  { source: '"\\ud800"', canonical: null },
  { source: `${'['.repeat(64)}${']'.repeat(64)}`, canonical: `${'['.repeat(64)}${']'.repeat(64)}` },
  { source: `${'['.repeat(66)}${']'.repeat(66)}`, canonical: null },
];

if (import.meta.main)
  for (const [name, vectors] of Object.entries(await makeVectors()))
    writeFileSync(
      new URL(`../../docs/spec/vectors/${name}.json`, import.meta.url),
      `${JSON.stringify(vectors, null, 1)}\n`,
    );
