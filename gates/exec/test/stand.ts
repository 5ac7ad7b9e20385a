import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { ExecArguments } from '../src/action-of.ts';
import { resolveBinary } from '../src/binary.ts';

/** A terminal that remembers what was shown on it. */
export class Screen extends Writable {
  #chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
  get text(): string {
    return this.bytes.toString();
  }
}

export const key: Uint8Array = new Uint8Array(32).fill(3);
export const digest = (data: Uint8Array | string): string =>
  createHash('sha256').update(data).digest('hex');
export const PATH: string = process.env['PATH'] ?? '/usr/bin:/bin';
export const NODE: string = process.execPath;

/** The stored arguments of a command as the gate would propose them. */
export const stored = async (
  argv: readonly string[],
  more: Partial<ExecArguments> = {},
): Promise<ExecArguments> => ({
  argv,
  cwd: '/',
  binary: await resolveBinary(argv[0] ?? '', { path: PATH, cwd: '/' }),
  env: ['PATH'],
  stdin: null,
  identity: null,
  ...more,
});
