import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './command.ts';
import type { Credentials } from './credentials.ts';

/** A credential of this user. */
export type Entry = {
  readonly url: string;
  readonly name: string;
  readonly token: string;
  readonly isPerson: boolean;
};

const FILE = 'credentials.json';

/** What is stored in a folder; nothing where there is no such file. */
export function readOwn(folder: string): Credentials {
  const file = join(folder, FILE);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Failure('credentials-invalid', `\`${file}\` cannot be read`);
  }
}

/** Stores a credential for this user alone; answers the file that names it. */
export function storeOwn(folder: string, { url, name, token, isPerson }: Entry): string {
  const group = isPerson ? 'people' : 'agents';
  const file = join(folder, FILE);
  const known = readOwn(folder);
  if (known.url !== undefined && known.url !== url)
    throw new Failure('other-gateway', `\`${file}\` holds credentials of \`${known.url}\``, {
      hint: 'remove that file first, or keep the token elsewhere and set COUNTERSIGN_TOKEN=file:PATH',
    });
  mkdirSync(join(folder, group), { recursive: true, mode: 0o700 });
  const token_file = `${group}/${name}.token`;
  write(join(folder, token_file), `${token}\n`);
  const next: Credentials = { ...known, url, [group]: { ...known[group], [name]: { token_file } } };
  write(file, textOf(next));
  return file;
}

/** Removes a person's credential from this machine. */
export function removeOwn(folder: string, name: string): void {
  const { people = {}, ...rest } = readOwn(folder);
  const { [name]: gone, ...left } = people;
  if (gone) rmSync(join(folder, gone.token_file), { force: true });
  write(join(folder, FILE), textOf({ ...rest, people: left }));
}

const textOf = (credentials: Credentials): string =>
  `${JSON.stringify(credentials, undefined, 2)}\n`;

/** Beside it first, then in its place: never half a file, never a moment in which others may read it. */
function write(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}
