import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

const USER = 'countersign';
export const PASSWORD = 'correct/horse@battery';

/** What goes wrong: nothing listens, an answer lost or never given after the message came, a reply to a command. */
export type Trouble =
  | 'lost'
  | 'silent'
  | { readonly at: 'connect' | 'login' | 'sender' | 'recipient' | 'data'; readonly code: number };

/** A mail as it lies in a mailbox. */
export type Received = {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
};

export type MailServer = {
  readonly port: number;
  readonly url: string;
  readonly received: Received[];
  /** Connections that ever came. */
  readonly connections: () => number;
  readonly trouble: (what: Trouble | undefined) => void;
  readonly stop: () => Promise<void>;
};

const fault = (responseCode: number): Error =>
  Object.assign(new Error('no, ana@corp.example'), { responseCode });

// the server greets a tenth of a second late, to catch clients that talk too soon; here nobody waits for that
const GREETING_MS = 100;
const { setTimeout: later } = globalThis;
Object.assign(globalThis, {
  setTimeout: (run: () => void, ms: number, ...more: []) =>
    later(run, ms === GREETING_MS ? 0 : ms, ...more),
});

/** A strict mail server on loopback: it wants to be logged in to, and parses what it takes. */
export async function startMailServer(
  options: SMTPServerOptions = {},
  host = '127.0.0.1',
): Promise<MailServer> {
  const received: Received[] = [];
  let connections = 0;
  let now: Trouble | undefined;
  const wrong = (at: string): Error | undefined =>
    typeof now === 'object' && now.at === at ? fault(now.code) : undefined;
  const server = new SMTPServer({
    allowInsecureAuth: true,
    hideSTARTTLS: true,
    closeTimeout: 50,
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, done) => {
      connections++;
      done(wrong('connect'));
    },
    onAuth: ({ username, password }, _session, done) => {
      const isKnown = username === USER && password === PASSWORD;
      done(wrong('login') ?? (isKnown ? undefined : fault(535)), { user: username });
    },
    onMailFrom: (_address, _session, done) => done(wrong('sender')),
    onRcptTo: (_address, _session, done) => done(wrong('recipient')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      const taken = async (): Promise<void> => {
        const refused = wrong('data');
        if (refused) return done(refused);
        if (now === 'silent') return;
        const raw = Buffer.concat(chunks).toString();
        received.push({
          from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw,
          mail: await PostalMime.parse(raw),
        });
        if (now === 'lost') for (const one of server.connections) one.close();
        else done();
      };
      stream.on('end', () => void taken());
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const { port } = server.server.address() as AddressInfo;
  const login = `${USER}:${encodeURIComponent(PASSWORD)}`;
  return {
    port,
    url: `${options.secure ? 'smtps' : 'smtp'}://${login}@${host}:${port}`,
    received,
    connections: () => connections,
    trouble: (what) => (now = what),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
