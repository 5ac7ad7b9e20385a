import { Readable } from 'node:stream';
import type { MailServer } from './settings.ts';

/** One mail to one mailbox, ready to be sent. */
export type Letter = { readonly from: string; readonly to: string; readonly message: Buffer };

/** How sending ended. `isTaken`: the server had said that it would take the message, so it may have. */
export type Sent =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly isTaken: boolean;
      readonly at: 'connect' | 'login' | 'recipient' | 'message';
      /** What the server answered, where it did. */
      readonly code?: number;
      readonly isUnencrypted: boolean;
    };

type Failed = Extract<Sent, { ok: false }>;
type Fault = Error & {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
  readonly originalCode?: string | undefined;
};

/** Sends one letter over a connection of its own. Never throws, never waits longer than twice the timeout. */
export async function sendLetter(
  { auth, ...server }: MailServer,
  letter: Letter,
  timeoutMs: number,
): Promise<Sent> {
  // loaded with the first mail: most gateways start without ever sending one
  const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection');
  const connection = new SMTPConnection({
    ...server,
    // without this a server that offers STARTTLS on loopback would have to have a certificate for it
    ignoreTLS: !server.requireTLS && !server.secure,
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  return new Promise((resolve) => {
    let at: 'connect' | 'message' = 'connect';
    let isTaken = false;
    const end = (sent: Sent): void => {
      clearTimeout(timer);
      resolve(sent);
      connection.close();
    };
    const fail = (error: Fault): void => end(failureOf(error, at, isTaken));
    const timer = setTimeout(() => fail(new Error('too slow')), 2 * timeoutMs);
    // consumed only once the server has answered DATA with a yes
    const body = Readable.from(
      (async function* () {
        isTaken = true;
        yield letter.message;
      })(),
    );
    const hand = (): void => {
      at = 'message';
      const { from, to } = letter;
      connection.send({ from, to: [to] }, body, (error) => {
        if (error) return fail(error);
        clearTimeout(timer);
        resolve({ ok: true });
        connection.quit();
      });
    };
    connection.on('error', fail);
    connection.connect((error) => {
      if (error) return fail(error);
      if (!auth) return hand();
      connection.login({ credentials: { ...auth } }, (refused) =>
        refused ? fail(refused) : hand(),
      );
    });
  });
}

/** What Node says of certificates that it does not believe. */
const UNTRUSTED = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

const failureOf = (error: Fault, at: 'connect' | 'message', isTaken: boolean): Failed => ({
  ok: false,
  isTaken,
  at: error.command === 'RCPT TO' ? 'recipient' : error.code === 'EAUTH' ? 'login' : at,
  ...(error.responseCode === undefined ? {} : { code: error.responseCode }),
  isUnencrypted:
    error.code === 'ETLS' ||
    error.command === 'STARTTLS' ||
    UNTRUSTED.test(error.originalCode ?? ''),
});
