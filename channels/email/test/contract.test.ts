import type { Channel } from '@countersign/core';
import { describeChannelContract, type Fault, type Looked } from '@countersign/core/testing';
import { describe, expect, test } from 'vitest';
import { createEmail } from '../src/index.ts';
import { PASSWORD, startMailServer, type Received, type Trouble } from './mail-server.ts';

const TROUBLES: Readonly<Record<Exclude<Fault, 'down'>, Trouble>> = {
  lost: 'lost',
  silent: 'silent',
  limited: { at: 'recipient', code: 450 },
  broken: { at: 'data', code: 451 },
  barred: { at: 'login', code: 535 },
};

/** What mail programs make of a text: addresses with and without a scheme. */
const LINK = /[\w-]+:\/\/\S+|(?:mailto|tel):\S+|[\p{L}\p{N}_-]+\.\p{L}[\p{L}\p{N}-]+\S*/gu;
const OWN = /^(?:https:\/\/)?gateway\.example\/|^crm\.export$/;
const TAGS = /^(?:doctype|html|head|meta|body|p|table|tr|td|a|br)$/;

/** One mail as its reader has it, and those that answer it below. */
function looked({ mail, raw }: Received, below: readonly Received[]): Looked {
  const html = mail.html ?? '';
  const bare = html.replaceAll(/<[^>]*>/g, ' ');
  const own = [mail.subject ?? '', mail.text ?? '', ...below.map((one) => one.mail.text ?? '')];
  const tags = [...html.matchAll(/<[/!]?([a-z0-9]+)/g)].map(([, tag = '']) => tag);
  const urls = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, url = '']) => url);
  return {
    text: own.join('\n'),
    answers: [],
    links: urls,
    active: [
      ...[mail.subject ?? '', mail.text ?? '', bare]
        .flatMap((text) => text.match(LINK) ?? [])
        .filter((link) => !OWN.test(link)),
      ...tags.filter((tag) => !TAGS.test(tag)),
      ...(/^(?:bcc|cc):/im.test(raw.slice(0, raw.indexOf('\r\n\r\n'))) ? ['header'] : []),
    ],
    below: below.map((one) => one.mail.text ?? ''),
  };
}

describeChannelContract(
  'email',
  async () => {
    const server = await startMailServer();
    const dead = await startMailServer();
    await dead.stop();
    let fault: Fault | undefined;
    const make = (): Channel => {
      const settings = { id: 'mail', from: 'Countersign <countersign@corp.example>' };
      const parts = {
        addressOf: async (person: string) => (person === 'ana' ? 'ana@corp.example' : undefined),
        tell: () => undefined,
        timeoutMs: 5_000,
      };
      const up = createEmail({ ...settings, url: server.url }, parts);
      const down = createEmail({ ...settings, url: dead.url }, parts);
      const hasty = createEmail({ ...settings, url: server.url }, { ...parts, timeoutMs: 600 });
      const now = (): Channel => (fault === 'down' ? down : fault === 'silent' ? hasty : up);
      return {
        ...up,
        post: (...all) => now().post(...all),
        update: async (...all) => now().update?.(...all) ?? { did: 'gone', because: '' },
        tell: async (...all) => now().tell?.(...all) ?? { did: 'gone', because: '' },
        alert: (...all) => now().alert(...all),
      };
    };
    return {
      channel: make(),
      restarted: () => Promise.resolve(make()),
      place: 'person:ana',
      nowhere: 'C0123',
      direct: 'person:ana',
      unreachable: 'person:nobody',
      isWhole: false,
      secrets: [PASSWORD, server.url, 'ana@corp.example'],
      faults: ['down', 'lost', 'silent', 'limited', 'broken', 'barred'],
      fail: async (next) => {
        fault = next;
        server.trouble(fault && fault !== 'down' ? TROUBLES[fault] : undefined);
      },
      longestMs: 5_000,
      look: async () => {
        const answers = server.received.filter(
          ({ mail }) => mail.inReplyTo && mail.subject?.startsWith('Re: '),
        );
        const first = server.received.filter((one) => !answers.includes(one));
        return first.map((one) =>
          looked(
            one,
            answers.filter(({ mail }) => mail.inReplyTo === one.mail.messageId),
          ),
        );
      },
      dispose: server.stop,
    };
  },
  { describe, test, expect },
);
