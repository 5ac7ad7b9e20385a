import { instant } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import {
  BE,
  BS,
  createAuthenticator,
  ED25519,
  ES256,
  RS256,
  UP,
  UV,
  type Lie,
} from '../../test/authenticator.ts';
import { siteOf } from '../src/index.ts';
import { challenge, codeOf, must, openDesk, personOf, statementBy } from './passkey-fixture.ts';

const key = (more: Parameters<typeof createAuthenticator>[0] = {}) => createAuthenticator(more);

describe('making a passkey', () => {
  test.each([ES256, ED25519, RS256] as const)('of algorithm %i: enrolled', async (alg) => {
    const desk = await openDesk();
    const { key: mine, state } = await desk.enrol('dana', key({ alg }));
    expect(state).toBe('enrolled');
    expect((await desk.events())[0]).toMatchObject({
      type: 'passkey.enrolled',
      by: 'dana',
      person: 'dana',
      credential: mine.credential,
      publicKey: mine.publicKey,
      alg,
      rpId: 'localhost',
      origin: 'http://localhost:8088',
      level: 'passkey',
      isBackupEligible: false,
      because: 'first',
    });
  });

  test('is asked for with a verified user, three algorithms, and none that the person has', async () => {
    const desk = await openDesk();
    const { key: mine } = await desk.enrol('dana');
    const { options } = await desk.make('dana', key());
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      attestation: 'none',
      authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
      excludeCredentials: [{ id: mine.credential }],
    });
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -257, -8]);
    // the same at every gateway, another for everyone, and no name
    const other = await desk.make('ben', key());
    expect(options.user.id).not.toBe(other.options.user.id);
    expect((await desk.make('dana', key())).options.user.id).toBe(options.user.id);
    expect(Buffer.from(options.user.id, 'base64url')).toHaveLength(32);
  });

  const lies: readonly (readonly [string, Lie | 'alg'])[] = [
    ['another type', { type: 'webauthn.get' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another site', { rpId: 'evil.example' }],
    ['a frame of another site', { crossOrigin: true }],
    ['no user present', { flags: UV }],
    ['no user verified', { flags: UP }],
  ];
  test.each(lies)('with %s: refused', async (_, lie) => {
    const desk = await openDesk();
    const { ticket, response } = await desk.make('dana', key(), lie as Lie);
    const added = await desk.enrolling.register(desk.as('dana'), { ticket, response });
    expect(codeOf(added)).toBe('registration-invalid');
    expect(await desk.events()).toEqual([]);
  });

  test('for another challenge: refused', async () => {
    const desk = await openDesk();
    const { ticket } = await desk.make('dana', key());
    const { response } = await desk.make('dana', key());
    const added = await desk.enrolling.register(desk.as('dana'), { ticket, response });
    expect(codeOf(added)).toBe('registration-invalid');
  });

  test('by the ticket of another person or session, a changed one, or too late: refused', async () => {
    const desk = await openDesk();
    const { ticket, response } = await desk.make('dana', key());
    const by = async (who: ReturnType<typeof desk.as>, shown = ticket) =>
      codeOf(await desk.enrolling.register(who, { ticket: shown, response }));
    expect(await by(desk.as('ben'))).toBe('ticket-invalid');
    expect(await by(desk.as('dana', 0, { id: 's-other' }))).toBe('ticket-invalid');
    expect(await by(desk.as('dana'), `${ticket.slice(0, -4)}AAAA`)).toBe('ticket-invalid');
    expect(await by(desk.as('dana'), '')).toBe('ticket-invalid');
    desk.clock.advance(300_000);
    expect(await by(desk.as('dana'))).toBe('ticket-expired');
  });

  test('the same answer twice is one passkey', async () => {
    const desk = await openDesk();
    const { ticket, response } = await desk.make('dana', key());
    const add = () => desk.enrolling.register(desk.as('dana'), { ticket, response });
    expect((await Promise.all([add(), add()])).map(codeOf).toSorted()).toEqual([
      'ok',
      'passkey-known',
    ]);
  });

  test('a removed one never comes back', async () => {
    const desk = await openDesk();
    const { key: mine } = await desk.enrol('dana');
    must(await desk.enrolling.remove(desk.as('dana'), mine.credential));
    const { ticket, response } = await desk.make('dana', mine);
    const again = await desk.enrolling.register(desk.as('dana'), { ticket, response });
    expect(codeOf(again)).toBe('passkey-known');
  });

  test('nobody has more than twenty', async () => {
    const desk = await openDesk({ secondPerson: 'always' });
    for (let i = 0; i < 20; i++) await desk.enrol('dana');
    const { ticket, response } = await desk.make('dana', key());
    const added = await desk.enrolling.register(desk.as('dana'), { ticket, response });
    expect(codeOf(added)).toBe('too-many-passkeys');
  });
});

describe('a fresh sign-in in a browser', () => {
  const acts = [
    ['options', undefined],
    ['endorse', 'x'],
    ['remove', 'x'],
    ['removeAnyones', 'x'],
  ] as const;
  test.each(acts)('%s needs one', async (name, credential) => {
    const { enrolling, as } = await openDesk();
    const act = (acting: ReturnType<typeof as>) =>
      (enrolling[name] as (one: typeof acting, of?: string) => Promise<never>)(acting, credential);
    const code = async (acting: ReturnType<typeof as>) => codeOf(await act(acting));
    expect(await code(as('dana', 300_001))).toBe('step-up-needed');
    expect(await code(as('dana', 0, { authTime: instant(0) }))).toBe('step-up-needed');
    expect(await code(as('dana', 0, { kind: 'terminal' }))).toBe('browser-only');
    expect(await code({ person: personOf('dana'), session: undefined })).toBe('browser-only');
    expect(await code(as('dana', 300_000))).not.toMatch(/step-up|browser/);
  });

  test('so do registering and vouching', async () => {
    const desk = await openDesk();
    const { ticket, response } = await desk.make('dana', key());
    const old = desk.as('dana', 300_001);
    expect(codeOf(await desk.enrolling.register(old, { ticket, response }))).toBe('step-up-needed');
    expect(codeOf(await desk.enrolling.toVouch(old, { ticket, response }))).toBe('step-up-needed');
  });
});

describe('who lets a passkey in', () => {
  test('`always`: the first one waits for a second person', async () => {
    const desk = await openDesk({ secondPerson: 'always' });
    const { key: mine, state } = await desk.enrol('dana');
    expect(state).toBe('waiting');
    must(await desk.enrolling.endorse(desk.as('ben'), mine.credential));
    expect((await desk.events()).at(-1)).toMatchObject({
      type: 'passkey.enrolled',
      by: 'ben',
      person: 'dana',
      because: 'second-person',
    });
  });

  test('a further one waits, or an enrolled one vouches for it', async () => {
    const desk = await openDesk();
    const { key: first } = await desk.enrol('dana');
    expect((await desk.make('dana', key())).needs).toBe('existing-passkey');
    expect((await desk.enrol('dana')).state).toBe('waiting');
    expect((await desk.enrol('dana', key(), first)).state).toBe('enrolled');
    expect((await desk.events()).at(-1)).toMatchObject({
      because: 'existing-passkey',
      vouched: { proof: { credential: first.credential } },
    });
  });

  test('recovery: whoever lost all of them waits for a second person, whatever is configured', async () => {
    const desk = await openDesk();
    const { key: lost } = await desk.enrol('dana');
    must(await desk.enrolling.remove(desk.as('dana'), lost.credential));
    const made = await desk.make('dana', key());
    expect(made.needs).toBe('second-person');
    expect((await desk.enrol('dana')).state).toBe('waiting');
  });

  test('R5: a linked account without passkeys is no way around those of the other', async () => {
    const desk = await openDesk();
    await desk.enrol('mona');
    expect((await desk.make('mona2', key())).needs).toBe('second-person');
  });

  test('R5: nobody vouches for their own, under any account', async () => {
    const desk = await openDesk({ secondPerson: 'always' });
    const { key: monas } = await desk.enrol('mona');
    const by = async (id: string) =>
      codeOf(await desk.enrolling.endorse(desk.as(id), monas.credential));
    expect(await by('mona')).toBe('own-passkey');
    expect(await by('mona2')).toBe('own-passkey');
    desk.inactive.add('mona');
    expect(await by('ben')).toBe('inactive-person');
    desk.inactive.clear();
    expect(await by('ben')).toBe('ok');
    expect(await by('ben')).toBe('passkey-unknown'); // once is enough
    expect(codeOf(await desk.enrolling.endorse(desk.as('ben'), 'nothing'))).toBe('passkey-unknown');
  });

  test('what vouches must be enrolled, the person’s own, and have signed for this very passkey', async () => {
    const desk = await openDesk();
    const { key: first } = await desk.enrol('dana');
    const { key: bens } = await desk.enrol('ben');
    const made = await desk.make('dana', key());
    const other = await desk.make('dana', key());
    const word = await desk.vouch('dana', made, first);
    const { ticket, response } = made;
    const add = async (endorsement: typeof word) =>
      codeOf(await desk.enrolling.register(desk.as('dana'), { ticket, response, endorsement }));
    expect(await add({ ...word, response: bens.assert(challenge(word.statement)) })).toBe(
      'passkey-of-another',
    );
    expect(await add({ ...word, response: key().assert('x') })).toBe('passkey-unknown');
    expect(await add(await desk.vouch('dana', other, first))).toBe('ticket-invalid');
    expect(await add({ ...word, statement: { ...word.statement, level: 'hardware' } })).toBe(
      'ticket-invalid',
    );
    expect(await add({ ...word, response: first.assert('AAAA') })).toBe('assertion-invalid');
    must(await desk.enrolling.remove(desk.as('dana'), first.credential));
    expect(await add(word)).toBe('passkey-removed');
  });

  test('a decision that was signed vouches for nothing', async () => {
    const desk = await openDesk();
    const { key: first } = await desk.enrol('dana');
    const made = await desk.make('dana', key());
    const word = await desk.vouch('dana', made, first);
    const { ticket, response } = made;
    const endorsement = { ...word, response: first.assert(challenge(word.statement)) };
    const added = await desk.enrolling.register(desk.as('dana'), { ticket, response, endorsement });
    expect(added).toEqual({
      ok: false,
      error: { code: 'assertion-invalid', detail: 'the check failed at `challenge`' },
    });
  });

  test('only the person, or whoever may take anybody’s, removes one', async () => {
    const desk = await openDesk();
    const { key: danas } = await desk.enrol('dana');
    const { enrolling, as } = desk;
    expect(codeOf(await enrolling.remove(as('ben'), danas.credential))).toBe('passkey-unknown');
    expect(codeOf(await enrolling.removeAnyones(as('ben'), danas.credential))).toBe('ok');
    expect(codeOf(await enrolling.remove(as('dana'), danas.credential))).toBe('passkey-unknown');
  });
});

/** A statement that was handed out to Dana, and what her passkey answers. */
async function asked() {
  const desk = await openDesk();
  const { key: danas } = await desk.enrol('dana');
  desk.clock.advance(1_000);
  const statement = statementBy('dana', desk.clock());
  const { ticket, options } = must(await desk.signing.ask(personOf('dana'), statement));
  const check = (lie: Lie = {}, by = danas, shown = { statement, ticket }) =>
    desk.signing.check(personOf('dana'), {
      ...shown,
      response: by.assert(options.challenge, lie),
    });
  return { ...desk, desk, danas, statement, ticket, options, check };
}

describe('signing a decision', () => {
  test('holds, and is recorded as the authenticator wrote it', async () => {
    const { check, statement, danas, options } = await asked();
    expect(options).toMatchObject({
      rpId: 'localhost',
      challenge: challenge(statement),
      userVerification: 'required',
      allowCredentials: [{ id: danas.credential, type: 'public-key' }],
    });
    const { clientDataJSON, authenticatorData } = danas.assert(options.challenge).response;
    expect(must(await check())).toMatchObject({
      assurance: 'passkey',
      signed: {
        statement,
        proof: {
          kind: 'webauthn',
          credential: danas.credential,
          clientDataJSON,
          authenticatorData,
        },
      },
    });
  });

  const steps: readonly (readonly [string, Lie])[] = [
    ['type', { type: 'webauthn.create' }],
    ['cross-origin', { crossOrigin: true }],
    ['origin', { origin: 'http://localhost:8089' }],
    ['site', { rpId: 'evil.example' }],
    ['user-present', { flags: UV }],
    ['user-verified', { flags: UP }],
    ['backup-flags', { flags: UP | UV | BE }],
    ['backup-flags', { flags: UP | UV | BS }],
    ['user-handle', { userHandle: Buffer.from('ben').toString('base64url') }],
    ['signature', { by: createAuthenticator() }],
    ['challenge', { rewrite: 'A'.repeat(43) }],
  ];
  test.each(steps)('fails at `%s`', async (step, lie) => {
    const { check } = await asked();
    expect(await check(lie)).toEqual({
      ok: false,
      error: { code: 'assertion-invalid', detail: `the check failed at \`${step}\`` },
    });
  });

  test('the answer to another statement, with the challenge written in: the signature tells', async () => {
    const { check, options, danas, desk, statement, ticket } = await asked();
    const response = danas.assert('B'.repeat(43), { rewrite: options.challenge });
    const shown = { statement, ticket, response };
    expect(await desk.signing.check(personOf('dana'), shown)).toMatchObject({
      error: { detail: 'the check failed at `signature`' },
    });
    expect(codeOf(await check())).toBe('ok');
  });

  test('bytes that are no answer, or in another spelling', async () => {
    const { danas, options, desk, statement, ticket } = await asked();
    const good = danas.assert(options.challenge);
    const spoilt = [
      { ...good.response, clientDataJSON: `${good.response.clientDataJSON}=` },
      { ...good.response, authenticatorData: good.response.authenticatorData.slice(0, 20) },
      { ...good.response, signature: '%%' },
      { ...good.response, clientDataJSON: Buffer.from('[]').toString('base64url') },
    ];
    for (const response of spoilt)
      expect(
        await desk.signing.check(personOf('dana'), {
          statement,
          ticket,
          response: { ...good, response },
        }),
      ).toMatchObject({ error: { detail: 'the check failed at `form`' } });
    const renamed = { statement, ticket, response: { ...good, rawId: 'other' } };
    expect(codeOf(await desk.signing.check(personOf('dana'), renamed))).toBe('assertion-invalid');
  });

  test('the right user handle is right', async () => {
    const { check, desk } = await asked();
    const { options } = await desk.make('dana', key());
    expect(codeOf(await check({ userHandle: options.user.id }))).toBe('ok');
  });

  test('a statement that nobody handed out, or changed, or old: refused', async () => {
    const { check, danas, statement, ticket, clock } = await asked();
    const ahead = { ...statement, issuedAt: instant(statement.issuedAt + 60_000) };
    expect(codeOf(await check({}, danas, { statement: ahead, ticket }))).toBe('ticket-invalid');
    expect(codeOf(await check({}, danas, { statement, ticket: 'x' }))).toBe('ticket-invalid');
    clock.advance(300_000);
    expect(codeOf(await check())).toBe('ticket-expired');
  });

  test('a passkey that is unknown, waits, was removed, came later, or is somebody else’s', async () => {
    const { check, desk, danas } = await asked();
    expect(codeOf(await check({}, key()))).toBe('passkey-unknown');
    const { key: waiting } = await desk.enrol('dana');
    expect(codeOf(await check({}, waiting))).toBe('passkey-waiting');
    const { key: later } = await desk.enrol('dana', key(), danas);
    expect(await check({}, later)).toEqual({
      ok: false,
      error: { code: 'passkey-unknown', detail: 'it was enrolled after this was asked' },
    });
    const { key: bens } = await desk.enrol('ben');
    expect(codeOf(await check({}, bens))).toBe('passkey-of-another');
    must(await desk.enrolling.remove(desk.as('dana'), danas.credential));
    expect(codeOf(await check())).toBe('passkey-removed');
  });

  test('a counter goes on; where it stands still it may be a copy, and that is told', async () => {
    const { check, desk, danas } = await asked();
    expect(codeOf(await check({ counter: 5 }))).toBe('ok');
    expect(codeOf(await check({ counter: 6 }))).toBe('ok');
    for (const counter of [6, 5, 0])
      expect(codeOf(await check({ counter }))).toBe('counter-regressed');
    expect(desk.regressed).toEqual(Array.from({ length: 3 }, () => danas.credential));
    expect((await desk.events()).at(-1)).toMatchObject({
      type: 'passkey.counter-regressed',
      counter: 6,
    });
    const both = await Promise.all([check({ counter: 7 }), check({ counter: 7 })]);
    expect(both.map(codeOf).toSorted()).toEqual(['counter-regressed', 'ok']);
  });

  test('one that does not count is told of once a day', async () => {
    const { check, desk } = await asked();
    for (let i = 0; i < 3; i++) expect(codeOf(await check())).toBe('ok');
    const used = (await desk.events()).filter(({ type }) => type === 'passkey.used');
    expect(used).toHaveLength(1);
  });

  test('nothing to sign with: none enrolled, or no site for passkeys', async () => {
    const desk = await openDesk();
    const statement = statementBy('dana', desk.clock());
    expect(codeOf(await desk.signing.ask(personOf('dana'), statement))).toBe('no-passkey');
    const nowhere = await openDesk({ site: undefined });
    const code = codeOf(await nowhere.signing.ask(personOf('dana'), statement));
    expect(code).toBe('passkeys-unavailable');
    const options = await nowhere.enrolling.options(nowhere.as('dana'));
    expect(codeOf(options)).toBe('passkeys-unavailable');
  });

  test('is known at every gateway', async () => {
    const one = await asked();
    const { createSigning, createRoster } = await import('../src/index.ts');
    const roster = await createRoster(one.store, one.clock);
    const other = createSigning({
      roster,
      clock: one.clock,
      key: Buffer.alloc(32, 3),
      site: siteOf('http://localhost:8088'),
      onRegressed: () => undefined,
    });
    const { statement, ticket, danas, options } = one;
    const response = danas.assert(options.challenge);
    const checked = await other.check(personOf('dana'), { statement, ticket, response });
    expect(codeOf(checked)).toBe('ok');
  });
});

test.each([
  [
    'https://countersign.example',
    { rpId: 'countersign.example', origin: 'https://countersign.example' },
  ],
  ['https://a.example:8443/', { rpId: 'a.example', origin: 'https://a.example:8443' }],
  ['http://localhost:8088', { rpId: 'localhost', origin: 'http://localhost:8088' }],
  ['http://127.0.0.1:8088', undefined],
  ['http://[::1]:8088', undefined],
  ['https://10.0.0.1', undefined],
  ['http://countersign.example', undefined],
])('the site of %s', (url, site) => {
  expect(siteOf(url)).toEqual(site);
});
