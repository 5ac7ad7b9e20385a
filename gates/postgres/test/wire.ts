import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
export async function credentials(): Promise<Credentials> {
  const { X509Certificate } = await import('node:crypto');
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
export function echo(peer: Peer): void {
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

/** An authority and what it signs, made by `openssl`. */
export type Authority = {
  readonly ca: string;
  readonly issue: (
    name: string,
    ...more: readonly string[]
  ) => {
    readonly cert: string;
    readonly key: string;
    readonly files: { readonly cert: string; readonly key: string };
  };
  readonly caFile: string;
  readonly folder: string;
  readonly remove: () => void;
};

export function openAuthority(name = 'test authority'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-wire-'));
  const at = (file: string): string => join(folder, file);
  const run = (...words: readonly string[]): unknown =>
    execFileSync('openssl', words, { stdio: 'pipe', cwd: folder });
  const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run(
    'req',
    '-x509',
    ...EC,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  );
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    caFile: at('ca.pem'),
    folder,
    issue: (subject, ...more) => {
      const files = { cert: at(`${subject}.pem`), key: at(`${subject}.key`) };
      const subjects = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`];
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2'];
      run(
        'req',
        '-x509',
        ...EC,
        ...subjects,
        ...by,
        '-addext',
        'basicConstraints=CA:FALSE',
        '-keyout',
        files.key,
        '-out',
        files.cert,
        ...more,
      );
      return {
        cert: readFileSync(files.cert, 'utf8'),
        key: readFileSync(files.key, 'utf8'),
        files,
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
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
