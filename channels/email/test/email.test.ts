import tls from 'node:tls';
import type { Card } from '@countersign/core';
import { hostileCard, sampleCard, sampleNotice, settledCard } from '@countersign/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeAuthority, makeCertificate } from '../../../server/test/certificates.ts';
import { createEmail, emailTrouble, type EmailParts } from '../src/index.ts';
import { isAddress, mailbox, mailServer } from '../src/settings.ts';
import { startMailServer, type MailServer, type Trouble } from './mail-server.ts';

let server: MailServer;
beforeAll(async () => {
  server = await startMailServer();
});
afterEach(() => {
  server.trouble(undefined);
  server.received.length = 0;
});
afterAll(() => server.stop());

const FROM = 'Countersign <countersign@corp.example>';
const told: (string | undefined)[] = [];
const make = (url = server.url, parts: Partial<EmailParts> = {}) =>
  createEmail(
    { id: 'mail', url, from: FROM },
    {
      addressOf: async (person) => `${person}@corp.example`,
      tell: (because) => void told.push(because),
      ...parts,
    },
  );
const headersOf = (raw: string): string => raw.slice(0, raw.indexOf('\r\n\r\n'));

describe('A22: a mail that asks', () => {
  test('leads to the console and holds nothing by which anybody could decide', async () => {
    const card = sampleCard();
    await make().post('person:ana', card, 'key-1');
    const [{ mail, from, to, raw } = { mail: undefined, from: '', to: [], raw: '' }] =
      server.received;
    expect([from, to]).toEqual(['countersign@corp.example', ['ana@corp.example']]);
    expect(mail?.subject).toBe('Decision needed: Export customers from crm');
    for (const form of [mail?.text ?? '', mail?.html ?? '']) {
      expect(form.match(/https?:[^\s"<]+/g)?.every((link) => link === card.link)).toBe(true);
      for (const text of [
        card.view.phrase,
        'medium',
        'data-bot, owned by Mona Owner',
        'approves anything',
      ])
        expect(form).toContain(text);
      expect(form, 'R9: arguments and claims stay in the console').not.toMatch(/city|quarterly/);
    }
    expect(mail?.html).not.toMatch(
      /<(?:img|script|style|link|iframe|form|input|button)|src=|url\(/i,
    );
    expect(headersOf(raw)).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(headersOf(raw)).not.toMatch(
      /^(?:List-|Reply-To|Disposition-Notification-To|Return-Receipt|Bcc|Cc)/im,
    );
  });
  test('hangs together with all that is said about the same request, and with nothing else', async () => {
    const channel = make();
    const asked = await channel.post('person:ana', sampleCard(), 'key-1');
    const copy = asked.did === 'done' ? asked.copy : '';
    await channel.post('person:ana', sampleCard(), 'key-1');
    await channel.tell?.(copy, sampleCard(), sampleNotice(), 'key-2');
    await channel.update?.(copy, settledCard('denied'));
    await channel.post('person:ana', sampleCard({}, { approvalId: 'apr_other' }), 'key-3');
    const mails = server.received.map(({ mail }) => mail);
    const [first, again, tell, end, other] = mails;
    expect(again?.messageId).toBe(first?.messageId);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(4);
    expect(first?.messageId).toMatch(/^<[0-9a-f]{32}@corp\.example>$/);
    for (const mail of [tell, end]) {
      expect(mail?.inReplyTo).toBe(first?.messageId);
      expect(mail?.references).toContain(first?.references);
      expect(mail?.subject).toBe(`Re: ${first?.subject}`);
    }
    expect(other?.references).not.toBe(first?.references);
    expect(copy).not.toContain('@');
  });
  test('is followed by one more when it is settled, and by none before or after', async () => {
    const channel = make();
    const asked = await channel.post('person:ana', sampleCard(), 'key-1');
    const copy = asked.did === 'done' ? asked.copy : '';
    expect(await channel.update?.(copy, sampleCard({ badges: ['escalated'] }))).toEqual(asked);
    expect(server.received).toHaveLength(1);
    // what delivers tells a line and brings the copy to the truth, one after the other
    const glass = sampleNotice({ type: 'approval.glass-broken', headline: 'Lin did it' });
    expect(await channel.tell?.(copy, settledCard('denied'), glass, 'key-2')).toEqual(asked);
    const ended = await make().update?.(copy, settledCard('denied'));
    expect(server.received).toHaveLength(2);
    const text = server.received[1]?.mail.text ?? '';
    expect(text).toContain('denied: Export customers from crm');
    expect(text).toContain('Ana Analyst denied\n    “looked at *every* row <!here>”');
    const last = ended?.did === 'done' ? ended.copy : '';
    expect(await make().update?.(last, { ...settledCard(), state: 'executed' })).toEqual(ended);
    expect(server.received).toHaveLength(2);
    await channel.tell?.(last, settledCard('denied'), glass, 'key-3');
    expect(server.received.at(-1)?.mail.text).toContain('Lin did it');
  });
  test('to whom it comes after the end, it says that it is over, once', async () => {
    const channel = make();
    const broken: Partial<Card> = { badges: ['break-glass'], state: 'executing' };
    const late = await channel.post('person:ana', { ...settledCard(), ...broken }, 'key-1');
    const copy = late.did === 'done' ? late.copy : '';
    await channel.update?.(copy, { ...settledCard(), ...broken, state: 'executed' });
    expect(server.received.map(({ mail }) => mail.subject)).toEqual([
      'Break-glass, executing: Export customers from crm',
    ]);
    expect(server.received[0]?.mail.text).not.toContain('decide:');
  });
});

describe('ATTACKER: what others write', () => {
  test.each([
    '\r\nBcc: x@evil.example',
    '\nBcc: x@evil.example\n\n<b>body</b>',
    '\r\n\r\nbody',
    '\u2028Bcc: x',
  ])('%j in every field adds no header, no receiver and no body', async (tail) => {
    const card = hostileCard(`Export${tail}`, { badges: ['break-glass'] });
    const notice = sampleNotice({ headline: `Flood${tail}`, lines: [`many${tail}`] });
    expect((await make().post('person:ana', card, `key${tail}`)).did).toBe('done');
    expect((await make().alert('person:ana', notice, `key${tail}`)).did).toBe('done');
    for (const { raw, to, mail } of server.received) {
      expect(to).toEqual(['ana@corp.example']);
      expect(headersOf(raw)).not.toMatch(/^(?:bcc|cc|x@)/im);
      expect([mail.bcc, mail.cc, mail.to?.length]).toEqual([undefined, undefined, 1]);
      expect(mail.html).not.toContain('<b>');
    }
  });
  test('a headline of any length is a subject of one, in any alphabet', async () => {
    await make().post('person:ana', sampleCard({}, { headline: 'ü漢😀'.repeat(500) }), 'key');
    const [one] = server.received;
    expect(one?.mail.subject?.length).toBeLessThanOrEqual(120);
    expect(one?.raw.split('\r\n').every((line) => line.length <= 998)).toBe(true);
  });
  test.each([
    'a@x.example, b@y.example',
    'a@x.example\r\nBcc: b@y.example',
    'Ana <a@x.example>',
    'a@b@c',
    '@x',
    'a',
    'a@x y',
    '"a"@x.example',
    `${'a'.repeat(65)}@x.example`,
    'a@x\u200b.example',
  ])('%j in the directory is no mailbox', async (address) => {
    expect(isAddress(address)).toBe(false);
    const before = server.connections();
    const delivered = await make(server.url, { addressOf: async () => address }).post(
      'person:ana',
      sampleCard(),
      'k',
    );
    expect(delivered).toEqual({ did: 'refused', because: 'no mailbox of this person is known' });
    expect(server.connections()).toBe(before);
  });
});

describe('how it ends', () => {
  test.each<[Trouble, string, RegExp | undefined]>([
    [{ at: 'connect', code: 421 }, 'again', /reached \(421\)/],
    [{ at: 'connect', code: 554 }, 'refused', /reached \(554\)/],
    [{ at: 'login', code: 454 }, 'again', /let us in \(454\)/],
    [{ at: 'login', code: 535 }, 'refused', /let us in \(535\)/],
    [{ at: 'sender', code: 553 }, 'refused', /message \(553\)/],
    [{ at: 'recipient', code: 450 }, 'again', undefined],
    [{ at: 'recipient', code: 550 }, 'refused', undefined],
    [{ at: 'data', code: 452 }, 'again', /message \(452\)/],
    [{ at: 'data', code: 554 }, 'refused', /message \(554\)/],
    ['lost', 'unsure', /lost/],
  ])('%j: %s', async (trouble, did, channelTrouble) => {
    told.length = 0;
    server.trouble(trouble);
    const delivered = await make().post('person:ana', sampleCard(), 'k');
    expect(delivered.did).toBe(did);
    expect(JSON.stringify(delivered)).not.toMatch(/corp\.example|battery/);
    // one mailbox that is full is no trouble of the channel
    expect(told).toEqual(channelTrouble ? [expect.stringMatching(channelTrouble)] : []);
  });
  test('a directory that cannot be asked now can be asked again', async () => {
    const away = make(server.url, { addressOf: () => Promise.reject(new Error('away')) });
    expect((await away.post('person:ana', sampleCard(), 'k')).did).toBe('again');
  });
  test('nothing is begun once it is closed', async () => {
    const channel = make();
    channel.close();
    expect((await channel.post('person:ana', sampleCard(), 'k')).did).toBe('again');
    expect(server.received).toEqual([]);
  });
});

const trust = (ca: readonly string[]): void => {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, ...ca]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
};
const start = async (options: Parameters<typeof startMailServer>[0], host?: string) => {
  const one = await startMailServer(options, host);
  onTestFinished(() => one.stop());
  return one;
};
const post = (url: string) => make(url, { timeoutMs: 3_000 }).post('person:ana', sampleCard(), 'k');

describe('encryption', () => {
  const authority = makeAuthority('mail test');
  const { cert, key } = makeCertificate(
    { name: 'mail', names: ['ip:127.0.0.2'], usage: 'server' },
    authority,
  );
  const unencrypted = {
    did: 'again',
    because: 'the mail server could not be spoken to encrypted',
  };
  let logins = 0;
  const counted = {
    onAuth: (_a: object, _s: object, done: (e: null, r: object) => void) =>
      done(null, { user: logins++ }),
  };

  // 127.0.0.2 is not what loopback is called, so it counts as another machine
  test('without STARTTLS another machine is told neither password nor mail', async () => {
    const bare = await start({ ...counted, disabledCommands: ['STARTTLS'] }, '127.0.0.2');
    expect(await post(bare.url)).toEqual(unencrypted);
    expect([logins, bare.received.length]).toEqual([0, 0]);
  });
  test.each([false, true])(
    'a certificate nobody vouches for (TLS at once: %s) ends it there',
    async (secure) => {
      const forged = await start(
        { ...counted, secure, hideSTARTTLS: false, cert, key },
        '127.0.0.2',
      );
      expect(await post(forged.url)).toEqual(unencrypted);
      expect([logins, forged.received.length]).toEqual([0, 0]);
    },
  );
  test.each([false, true])(
    'with one that is believed it goes through (TLS at once: %s)',
    async (secure) => {
      trust([authority.cert]);
      const good = await start({ secure, hideSTARTTLS: false, cert, key }, '127.0.0.2');
      expect((await post(good.url)).did).toBe('done');
      expect(good.received).toHaveLength(1);
    },
  );
});

test('addresses of servers and senders', () => {
  expect(mailServer('smtp://u%40x:p%2Fw@mail.corp.example')).toEqual({
    host: 'mail.corp.example',
    port: 587,
    secure: false,
    requireTLS: true,
    auth: { user: 'u@x', pass: 'p/w' },
  });
  expect(mailServer('smtps://mail.corp.example')).toMatchObject({ port: 465, secure: true });
  for (const here of ['127.0.0.1', '[::1]', 'localhost'])
    expect(mailServer(`smtp://${here}:25`)).toMatchObject({ port: 25, requireTLS: false });
  for (const wrong of ['', 'http://mail.corp.example', 'mail.corp.example', 'smtp:'])
    expect(emailTrouble({ id: 'x', url: wrong, from: FROM })).toBe('url');
  expect(mailbox(FROM)).toEqual({ name: 'Countersign', address: 'countersign@corp.example' });
  expect(mailbox('a@corp.example')).toEqual({ name: '', address: 'a@corp.example' });
  for (const wrong of ['', 'Countersign', 'a@x.example, b@y.example', 'X\r\nBcc: a <b@y.example>'])
    expect(emailTrouble({ id: 'x', url: server.url, from: wrong })).toBe('from');
});
