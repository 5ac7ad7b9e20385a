import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { issue, pemOf } from '../../../identity/test/certificates.ts';
import type { Mounted } from '../src/parts.ts';
import type { Credentials, Peer } from '../src/peer.ts';
import { listen, type Listener, type ListenOptions } from '../src/wire/listen.ts';
import { createScanner } from '../src/wire/frames.ts';
import { frontendLimits } from '../src/wire/limits.ts';
import { digest, scramKeysOf } from '../src/wire/scram.ts';
import { readQuery } from '../src/wire/read-frontend.ts';
import {
  message,
  writeBackendKey,
  writeCommandComplete,
  writeParameterStatus,
  writeReady,
} from '../src/wire/write.ts';

export const AGENT = 'billing-agent';
export const KEYS = ['csk_first-key', 'csk_second-key'] as const;
export const OLD_AGENT = 'old-agent';

const saltOf = (agent: string): Buffer => digest(Buffer.from(agent)).subarray(0, 16);

/** One agent with two keys, one whose key SCRAM does not know; a certificate names its agent by its subject. */
async function credentials(): Promise<Credentials> {
  const how = { salt: saltOf(AGENT), iterations: 4_096 };
  const keys = await Promise.all(KEYS.map((key) => scramKeysOf(key, how)));
  return {
    scram: (agent) => ({
      salt: saltOf(agent),
      iterations: 4_096,
      keys: agent === AGENT ? keys : [],
      isAskedInClear: agent === OLD_AGENT,
    }),
    ofKey: async (agent, key) => agent === OLD_AGENT && key === 'csk_old-key',
    ofCertificate: (der) => /CN=(\S+)/.exec(new X509Certificate(der).subject)?.[1],
  };
}

/** Answers every query with its own text, as a server would; tells nothing of where it came from. */
function echo(peer: Peer): void {
  const scanner = createScanner(frontendLimits({ messageBytes: 1_000_000 }));
  const { socket } = peer;
  socket.write(
    Buffer.concat([
      writeParameterStatus('client_encoding', 'UTF8'),
      writeParameterStatus('server_version', '18.0'),
      writeParameterStatus('standard_conforming_strings', 'on'),
      writeBackendKey(peer.cancelKey),
      writeReady('I'),
    ]),
  );
  const read = (chunk: Buffer): void => {
    scanner.push(chunk, (type, bytes, start, end) => {
      if (type !== 0x51) return void socket.end();
      const text = readQuery(bytes, start, end);
      if (text !== 'wait') socket.write(answerOf(text));
      return undefined;
    });
  };
  if (peer.rest.length > 0) read(Buffer.from(peer.rest));
  peer.onCancel(() => socket.write(answerOf('cancelled')));
  peer.onClosing(() => socket.end());
  socket.on('data', read).on('end', () => socket.end());
}

/** One row with one text. */
export function answerOf(text: string): Buffer {
  const value = Buffer.from(text);
  const head = Buffer.alloc(6);
  head.writeInt16BE(1, 0);
  head.writeInt32BE(value.length, 2);
  const column = Buffer.alloc(18);
  column.writeInt32BE(25, 6);
  column.writeInt16BE(-1, 10);
  column.writeInt32BE(-1, 12);
  return Buffer.concat([
    message('T', Buffer.from([0, 1]), 'said', column),
    message('D', head, value),
    writeCommandComplete('SELECT 1'),
    writeReady('I'),
  ]);
}

/** A listener whose peers are answered by `echo`, for one database, `sales`. */
export async function openListener(
  over: Partial<ListenOptions> = {},
): Promise<Listener & { readonly peers: Peer[]; readonly logged: Record<string, unknown>[] }> {
  const peers: Peer[] = [];
  const logged: Record<string, unknown>[] = [];
  const settings = { connections: 20, statementMs: 5_000, idleTransactionMs: 60_000 };
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    limits: { connections: 100, unauthenticated: 20, handshakeMs: 5_000 },
    credentials: await credentials(),
    parts: {
      databases: new Map([['sales', { settings } as Mounted]]),
      log: (event, about) => void logged.push({ event, ...about }),
    },
    onPeer: (peer) => {
      peers.push(peer);
      echo(peer);
    },
    ...over,
  });
  return { ...listener, peers, logged };
}

/** An authority and what it signs, PEM. */
export type Authority = {
  readonly ca: string;
  readonly issue: (name: string) => { readonly cert: string; readonly key: string };
};

export function openAuthority(name = 'test authority'): Authority {
  const root = issue({ CN: name }, { isCa: true });
  return {
    ca: pemOf(root),
    issue: (subject) => {
      const issued = issue({ CN: subject }, { by: root });
      const key = issued.key.export({ format: 'pem', type: 'pkcs8' }).toString();
      return { cert: pemOf(issued), key };
    },
  };
}

/** Whether `psql` is here. Where it is demanded, its absence says how to get it. */
export function hasPsql(): boolean {
  const is = spawnSync('psql', ['--version']).status === 0;
  if (!is && process.env['COUNTERSIGN_REQUIRE_PSQL'] === '1')
    throw new Error('psql is not on the PATH; get it with `apt-get install postgresql-client`');
  if (!is) process.stderr.write('SKIPPED: psql is not on the PATH\n');
  return is;
}

/** Runs real `psql` with one statement: unaligned rows, errors as they are. */
export function psql(
  at: string,
  statement: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  return new Promise((resolve, reject) => {
    const words = ['-X', '-A', '-t', '-d', at, '-c', statement];
    const child = spawn('psql', words, {
      env: { PATH: process.env['PATH'], HOME: '/nowhere', ...env },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text: Buffer) => (said.out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said.err += text.toString()));
    child.once('error', reject).once('close', (code) => resolve({ code, ...said }));
  });
}
