import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TerminalToken } from '@countersign/api';
import { createTransport } from '@countersign/sdk';
import { Failure } from './command.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { openPage } from './open-browser.ts';

const WAIT_MS = 300_000;
const DONE = `<!doctype html><meta charset="utf-8"><title>Countersign</title>
<p>This terminal is signed in. You can close this page.</p>
`;

/**
 * Signs this terminal in by a browser: whoever is signed in there says yes, and the page comes back to an address of ours
 * on this machine with a code. Only this process has what the code is exchanged with (RFC 8252, RFC 7636).
 */
export async function loginByBrowser(
  io: Io,
  { url, isOpened }: { readonly url: string; readonly isOpened: boolean },
): Promise<TerminalToken> {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const state = randomBytes(16).toString('base64url');
  const waiting = await waitForCode(state);
  const release = io.onInterrupt(() => waiting.give('interrupted'));
  const timer = setTimeout(() => waiting.give('too-late'), WAIT_MS);
  try {
    const query = new URLSearchParams({ port: String(waiting.port), challenge, state });
    io.err('Sign in with your browser, and let it sign this terminal in:\n  ');
    openPage(io, `${url}/terminal?${query.toString()}`, isOpened);
    const code = await waiting.code;
    const { json } = createTransport({ url, token: 'none' });
    return await json({ method: 'POST', path: '/auth/token', body: { code, verifier } });
  } finally {
    clearTimeout(timer);
    release();
    waiting.close();
  }
}

type Waiting = {
  readonly port: number;
  readonly code: Promise<string>;
  readonly give: (why: 'interrupted' | 'too-late') => void;
  readonly close: () => void;
};

async function waitForCode(state: string): Promise<Waiting> {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  code.catch(() => undefined); // heard of where it is waited for
  const server = createServer((request, response) => {
    const found = codeIn(request, state);
    answer(response, found === undefined ? 404 : 200);
    if (found !== undefined) resolve(found);
  });
  await listening(server);
  return {
    port: (server.address() as AddressInfo).port,
    code,
    give: (why) =>
      reject(
        new Failure(why, why === 'interrupted' ? 'nobody signed in' : 'nobody signed in in time', {
          exitCode: EXIT.undecided,
          hint: 'run `countersign login` again',
        }),
      ),
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

/** ATTACKER: any page can make the browser ask this address; only the one we began knows the state. */
function codeIn({ method, url = '' }: IncomingMessage, state: string): string | undefined {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const isOurs = method === 'GET' && pathname === '/' && searchParams.get('state') === state;
  return isOurs ? (searchParams.get('code') ?? undefined) : undefined;
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(status === 200 ? DONE : '');
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
