import { sign } from 'node:crypto';
import type { MetadataStatement } from '@simplewebauthn/server';
import { describe, expect, test, vi } from 'vitest';
import {
  BE,
  createAuthenticator,
  UP,
  UV,
  type Attest,
  type Cbor,
} from '../../test/authenticator.ts';
import { createAttestation } from '../src/passkeys/attestation.ts';
import { readMetadata } from '../src/passkeys/metadata.ts';
import { issue, pemOf, type Issued } from './certificates.ts';
import { codeOf, must, openDesk } from './passkey-fixture.ts';

const AAGUID = '0bb43545-fd2c-4185-87dd-feb0b2916ace';
const vendor = issue({ C: 'SE', O: 'Vendor', CN: 'Root' }, { isCa: true });
const LEAF = { C: 'SE', O: 'Vendor', OU: 'Authenticator Attestation', CN: 'Model' };
const leaf = issue(LEAF, { by: vendor, aaguid: AAGUID });

const statementOf = (more: Partial<MetadataStatement> = {}): MetadataStatement => ({
  aaguid: AAGUID,
  description: 'a model',
  authenticatorVersion: 1,
  protocolFamily: 'fido2',
  schema: 3,
  upv: [{ major: 1, minor: 1 }],
  authenticationAlgorithms: ['secp256r1_ecdsa_sha256_raw'],
  publicKeyAlgAndEncodings: ['cose'],
  attestationTypes: ['basic_full'],
  userVerificationDetails: [[{ userVerificationMethod: 'passcode_internal' }]],
  keyProtection: ['hardware', 'secure_element'],
  matcherProtection: ['on_chip'],
  tcDisplay: [],
  attestationRootCertificates: [vendor.der.toString('base64')],
  ...more,
});

/** An attestation `packed` by a certificate, or by the key itself. */
const packed =
  (by: Issued | 'self', chain: readonly Issued[] = by === 'self' ? [] : [by]): Attest =>
  (signed) => ({
    fmt: 'packed',
    attStmt: new Map<string | number, Cbor>([
      ['alg', -7],
      ['sig', sign('sha256', signed, by === 'self' ? leaf.key : by.key)],
      ...(chain.length > 0 ? [['x5c', chain.map(({ der }) => der)] as const] : []),
    ]),
  });

async function levelOf(
  attest: Attest | undefined,
  {
    statements = [statementOf()],
    flags = UP | UV,
    aaguid = AAGUID,
  }: {
    readonly statements?: readonly MetadataStatement[];
    readonly flags?: number;
    readonly aaguid?: string;
  } = {},
): Promise<unknown> {
  const attestation = await createAttestation(statements);
  const desk = await openDesk({ attestation });
  const key = createAuthenticator({ aaguid, flags });
  const { ticket, response, options } = await desk.make('dana', key, {}, attest);
  expect(options.attestation).toBe('direct');
  must(await desk.enrolling.register(desk.as('dana'), { ticket, response }));
  return (await desk.events())[0]?.['level'];
}

describe('what counts as hardware', () => {
  test('a known model whose certificate leads to its vendor, bound to its device', async () => {
    expect(await levelOf(packed(leaf))).toBe('hardware');
  });

  const other = issue({ C: 'SE', O: 'Vendor', CN: 'Root' }, { isCa: true });
  const rows: readonly (readonly [string, Attest | undefined, Parameters<typeof levelOf>[1]?])[] = [
    ['no attestation', undefined],
    ['one by the key itself', packed('self')],
    ['a certificate of another root', packed(issue(LEAF, { by: other, aaguid: AAGUID }))],
    ['a certificate that signs itself', packed(issue(LEAF, { aaguid: AAGUID }))],
    [
      'a certificate of another model',
      packed(issue(LEAF, { by: vendor, aaguid: AAGUID.replace('0', '1') })),
    ],
    ['a signature of another key', packed(issue(LEAF, { by: vendor }), [leaf])],
    ['a certificate for something else', packed(issue({ ...LEAF, OU: 'Web' }, { by: vendor }))],
    [
      'a certificate whose revocation would have to be asked for',
      packed(issue(LEAF, { by: vendor, aaguid: AAGUID, revocationList: true })),
    ],
    ['a model nobody knows', packed(leaf), { statements: [] }],
    [
      'a model that is software',
      packed(leaf),
      { statements: [statementOf({ keyProtection: ['software'] })] },
    ],
    [
      'a model that says it attests otherwise',
      packed(leaf),
      { statements: [statementOf({ attestationTypes: ['basic_surrogate'] })] },
    ],
    ['a passkey that can be copied to an account', packed(leaf), { flags: UP | UV | BE }],
    ['another format', (signed) => ({ ...packed(leaf)(signed, signed), fmt: 'fido-u2f' })],
  ];
  test.each(rows.map(([name, attest, more = {}]) => [name, attest, more] as const))(
    '%s: a passkey, no more, and nobody is asked',
    async (_, attest, more) => {
      const asked = vi.spyOn(globalThis, 'fetch');
      expect(await levelOf(attest, more)).toBe('passkey');
      expect(asked).not.toHaveBeenCalled();
      asked.mockRestore();
    },
  );

  test('without metadata none does, whatever it shows', async () => {
    const desk = await openDesk();
    const key = createAuthenticator({ aaguid: AAGUID });
    const { ticket, response } = await desk.make('dana', key, {}, packed(leaf));
    must(await desk.enrolling.register(desk.as('dana'), { ticket, response }));
    expect((await desk.events())[0]).toMatchObject({ level: 'passkey', aaguid: AAGUID });
  });

  test('a weaker passkey does not vouch for it: it waits for a second person', async () => {
    const desk = await openDesk({ attestation: await createAttestation([statementOf()]) });
    const { key: soft } = await desk.enrol('dana');
    const hard = createAuthenticator({ aaguid: AAGUID });
    const { ticket, response } = await desk.make('dana', hard, {}, packed(leaf));
    const made = { ticket, response };
    const asked = await desk.enrolling.toVouch(desk.as('dana'), made);
    expect(codeOf(asked)).toBe('passkey-too-weak');
    const added = must(await desk.enrolling.register(desk.as('dana'), made));
    expect(added.state).toBe('waiting');
    must(await desk.enrolling.endorse(desk.as('ben'), hard.credential));
    // and afterwards it vouches for another of its kind, as the weaker one cannot
    const next = createAuthenticator({ aaguid: AAGUID });
    const second = await desk.make('dana', next, {}, packed(leaf));
    const allowed = must(await desk.enrolling.toVouch(desk.as('dana'), second)).options;
    expect(allowed.allowCredentials?.map(({ id }) => id)).toEqual([hard.credential]);
    expect(allowed.allowCredentials?.map(({ id }) => id)).not.toContain(soft.credential);
  });
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const entry = (status: string) => ({
  aaguid: AAGUID,
  metadataStatement: statementOf({ description: status }),
  statusReports: [{ status }],
});

describe('a metadata file', () => {
  const root = issue({ O: 'Test', CN: 'Test Root' }, { isCa: true });
  const middle = issue({ O: 'Test', CN: 'Middle' }, { by: root, isCa: true });
  const service = issue({ O: 'Test', CN: 'mds.fidoalliance.org' }, { by: middle });
  const body = {
    no: 1,
    nextUpdate: '2020-01-01',
    entries: [entry('FIDO_CERTIFIED_L2'), entry('REVOKED'), entry('USER_KEY_REMOTE_COMPROMISE')],
  };
  const blob = (by = service, chain: readonly Issued[] = [service, middle], alg = 'ES256') => {
    const x5c = chain.map(({ der }) => der.toString('base64'));
    const text = `${part({ alg, typ: 'JWT', x5c })}.${part(body)}`;
    const key = { key: by.key, dsaEncoding: 'ieee-p1363' as const };
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  };
  const read = (text: string) => readMetadata(text, [pemOf(root)]);

  test('a signed BLOB: its statements, but not of models whose word is worth nothing', () => {
    const metadata = read(`${blob()}\n`);
    expect(metadata).toMatchObject({ nextUpdate: '2020-01-01' });
    expect('statements' in metadata && metadata.statements).toMatchObject([
      { description: 'FIDO_CERTIFIED_L2' },
    ]);
  });
  test('a list of statements is believed as it stands', () => {
    expect(read(JSON.stringify([statementOf()]))).toEqual({ statements: [statementOf()] });
  });
  test.each([
    ['another root', () => readMetadata(blob(), [pemOf(vendor)]), 'FIDO Alliance'],
    ['the roots that come with it', () => readMetadata(blob()), 'FIDO Alliance'],
    ['a gap in the chain', () => read(blob(service, [service])), 'FIDO Alliance'],
    ['another service', () => read(blob(middle, [middle])), 'FIDO Alliance'],
    [
      'an issuer that is no authority',
      () => {
        const fake = issue({ CN: 'mds.fidoalliance.org' }, { by: service });
        return read(blob(fake, [fake, service, middle]));
      },
      'FIDO Alliance',
    ],
    ['another signature', () => read(blob(middle)), 'does not hold'],
    [
      'a changed body',
      () => read(blob().replace(/\.[^.]*\./, `.${part({ ...body, no: 2 })}.`)),
      'does not hold',
    ],
    ['no signature', () => read(blob(service, [service, middle], 'none')), 'not a signed BLOB'],
    ['something else in the list', () => read('[{"a":1}]'), 'something else'],
    ['no metadata', () => read('hello'), 'neither'],
  ])('%s: refused', (_, make, why) => {
    const metadata = make();
    expect('problem' in metadata && metadata.problem).toContain(why);
  });
});
