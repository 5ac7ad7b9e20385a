import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, open, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { ExecFailure } from './failure.ts';

/** The file behind a program's name, after links, and the SHA-256 of its bytes. */
export type Binary = { readonly path: string; readonly sha256: string };

/** Finds a program as `execvp` would, except that relative entries of the search path are never used. */
export async function resolveBinary(
  program: string,
  where: { readonly path: string; readonly cwd: string },
): Promise<Binary> {
  const candidates = program.includes('/')
    ? [resolve(where.cwd, program)]
    : where.path
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, program));
  for (const candidate of candidates) {
    if (!(await isExecutable(candidate))) continue;
    const path = await realpath(candidate);
    return { path, sha256: await hashFile(path) };
  }
  throw new ExecFailure('not-found', `program \`${program}\` was not found; give its full path`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** SHA-256 of a file, lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

const PROGRAM = /^(?:2321|7f454c46|cffaedfe|cefaedfe|cafebabe|4d5a)/;

/** Whether the system can start the file itself. Any other it would hand to `/bin/sh`: a shell nobody asked for. */
export async function isProgram(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return PROGRAM.test(buffer.subarray(0, bytesRead).toString('hex'));
  } finally {
    await file.close();
  }
}
