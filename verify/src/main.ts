// The only file that may reach for node: (import law): arguments, files, standard streams, fast primitives.
import type { KeyObject } from 'node:crypto';
import * as nodeCrypto from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HELP, parseArguments, type Asked } from './command-line.ts';
import { createHttpSource, type Source } from './ledger/source.ts';
import { verifyLedger } from './ledger/verify-ledger.ts';
import { verifyRange } from './ledger/verify-range.ts';
import { readTrust, type Trust } from './note/trust.ts';
import { EDDSA, ES256, LEAST_RSA_BITS, rawOf } from './passkey/signature.ts';
import type { Primitives } from './primitives.ts';
import { verifyReceipt } from './receipt/verify-receipt.ts';
import { ledgerLines, rangeLines, receiptLines, report } from './report.ts';
import type { Result } from './result.ts';

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** `hash()` came with Node 20.12; before, one object per hash. */
const latin1: (message: Uint8Array) => string =
  typeof nodeCrypto.hash === 'function'
    ? (message) => nodeCrypto.hash('sha256', message, 'binary')
    : (message) => nodeCrypto.createHash('sha256').update(message).digest('binary');

/** The primitives of Node: several times as fast as Web Crypto on small messages. */
export const nodePrimitives: Primitives = {
  sha256: async (messages) => {
    const out = Buffer.alloc(messages.length * 32);
    for (const [i, message] of messages.entries()) out.write(latin1(message), i * 32, 32, 'latin1');
    return out;
  },
  isSignedBy: async (publicKey, data, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      const der = Buffer.concat([SPKI, publicKey]);
      const key = nodeCrypto.createPublicKey({ key: der, format: 'der', type: 'spki' });
      return nodeCrypto.verify(null, data, key, signature);
    } catch {
      return false; // not a point of the curve
    }
  },
  isAssertedBy: async ({ alg, spki }, data, signature) => {
    try {
      const key = nodeCrypto.createPublicKey({
        key: Buffer.from(spki),
        format: 'der',
        type: 'spki',
      });
      if (!isOf(alg, key) || (alg === ES256 && !rawOf(signature))) return false;
      return nodeCrypto.verify(alg === EDDSA ? null : 'sha256', data, key, signature);
    } catch {
      return false;
    }
  },
};

/** Whether a key is one of this algorithm, and strong enough. */
function isOf(alg: number, { asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject): boolean {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (alg === ES256) return type === 'ec' && namedCurve === 'prime256v1';
  if (alg === EDDSA) return type === 'ed25519';
  return type === 'rsa' && modulusLength >= LEAST_RSA_BITS;
}

/** A ledger in a folder. */
export function createFolderSource(folder: string): Source {
  return {
    read: async (path) => {
      try {
        return await readFile(join(folder, path));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code));

class Unusable extends Error {}

async function readText(path: string): Promise<string> {
  try {
    const bytes = path === '-' ? await readAll(process.stdin) : await readFile(path);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Unusable(
      `\`${path}\` cannot be read: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const sourceOf = (target: string): Source =>
  /^https?:\/\//.test(target) ? createHttpSource(target) : createFolderSource(target);

/** A line that is written over, where a person watches. */
function createProgress(): (done: number, total: number) => void {
  let shown = '';
  return (done, total) => {
    const percent = `${Math.floor((100 * done) / total)} %`;
    if (!process.stderr.isTTY || percent === shown) return;
    shown = percent;
    process.stderr.write(`\r${percent} of ${total} entries${done === total ? '\r\x1b[K' : ''}`);
  };
}

async function run(asked: Exclude<Asked, { command: 'help' }>): Promise<number> {
  const grantKeys = asked.grantKeys === undefined ? undefined : await readText(asked.grantKeys);
  const trust = await readTrust(await readText(asked.trust), {
    primitives: nodePrimitives,
    ...(grantKeys === undefined ? {} : { grantKeys }),
  });
  if (!trust.ok) throw new Unusable(trust.failure.message);
  return verify(asked, trust.value);
}

async function verify(asked: Exclude<Asked, { command: 'help' }>, trust: Trust): Promise<number> {
  const primitives = nodePrimitives;
  const print = <T>(result: Result<T>, lines: (value: T) => readonly string[]): number => {
    process.stdout.write(report(asked, result, lines));
    return result.ok ? 0 : 1;
  };
  switch (asked.command) {
    case 'receipt':
      return print(
        await verifyReceipt(await readText(asked.target), trust, { primitives }),
        receiptLines,
      );
    case 'range':
      return print(
        await verifyRange(sourceOf(asked.target), trust, { ...asked, primitives }),
        rangeLines,
      );
    case 'ledger':
      return print(
        await verifyLedger(sourceOf(asked.target), trust, {
          primitives,
          onProgress: createProgress(),
          depth: asked.depth,
        }),
        ledgerLines,
      );
  }
}

/** Runs the command; answers its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const asked = parseArguments(args);
  try {
    if (typeof asked === 'string') throw new Unusable(asked);
    if (asked.command !== 'help') return await run(asked);
    process.stdout.write(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    process.stderr.write(`countersign-verify: ${error.message}\n`);
    return 2;
  }
}
