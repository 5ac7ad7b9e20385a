import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure, Usage, type Call } from './command.ts';
import type { Io } from './io.ts';
import { checked, readToken } from './token-file.ts';

/** Whose credential a command needs. */
export type Kind = 'person' | 'agent' | 'any';

/** Where a command goes, and as whom. */
export type Identity = { readonly url: string; readonly token: string };

/** `credentials.json`: names and where their tokens lie, in its own folder. */
export type Credentials = {
  readonly url?: string;
  readonly people?: Readonly<Record<string, { readonly token_file: string }>>;
  readonly agents?: Readonly<Record<string, { readonly token_file: string }>>;
};
type Found = { readonly file: string; readonly credentials: Credentials };

const DEFAULT_URL = 'http://127.0.0.1:8088';

/** `--as`, else COUNTERSIGN_TOKEN, else the only one of that kind in a credentials file. */
export function identityOf(call: Call, kind: Kind): Identity {
  const { io } = call;
  const found = findAll(io);
  const as = call.text('as');
  const named = as === undefined ? undefined : pickNamed(found, as, kind);
  const fromEnv = named ? undefined : io.env['COUNTERSIGN_TOKEN'];
  if (fromEnv) return { url: urlOf(call, found[0]), token: tokenOf(fromEnv, io) };
  const { file, tokenFile } = named ?? pickOnly(found, kind);
  const from = found.find((one) => one.file === file);
  return { url: urlOf(call, from), token: readToken(dirname(file), tokenFile) };
}

/** The gateway's address alone, for what needs no credential. */
export const urlOf = (call: Call, found: Found | undefined = findAll(call.io)[0]): string =>
  (
    call.text('url') ??
    call.io.env['COUNTERSIGN_URL'] ??
    found?.credentials.url ??
    DEFAULT_URL
  ).replace(/\/+$/, '');

/** The folder of credentials that belong to the person, not to a project. */
export const ownFolder = ({ env, home }: Io): string =>
  join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'countersign');

/** Every credentials file that counts, the nearest first. */
export function findAll(io: Io): readonly Found[] {
  const folders: string[] = [];
  for (let at = resolve(io.cwd); ; at = dirname(at)) {
    folders.push(join(at, '.countersign'));
    if (dirname(at) === at) break;
  }
  return [...folders, ownFolder(io)].flatMap((folder) => {
    const file = join(folder, 'credentials.json');
    const text = readIfThere(file);
    return text === undefined ? [] : [{ file, credentials: parse(file, text) }];
  });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Failure('unreadable', `\`${file}\` cannot be read (${code})`);
  }
}

function parse(file: string, text: string): Credentials {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isCredentials(parsed)) return parsed;
  } catch {
    // told below
  }
  throw new Failure('credentials-invalid', `\`${file}\` is not a credentials file`, {
    hint: 'make it again with `countersign login`',
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isCredentials(value: unknown): value is Credentials {
  if (!isRecord(value)) return false;
  const { url = '', people = {}, agents = {} } = value;
  const isNames = (names: unknown): boolean =>
    isRecord(names) &&
    Object.values(names).every((one) => isRecord(one) && typeof one['token_file'] === 'string');
  return typeof url === 'string' && isNames(people) && isNames(agents);
}

type Picked = { readonly file: string; readonly name: string; readonly tokenFile: string };

const namesIn = ({ file, credentials }: Found, kind: Kind): readonly Picked[] =>
  [
    ...(kind === 'agent' ? [] : Object.entries(credentials.people ?? {})),
    ...(kind === 'person' ? [] : Object.entries(credentials.agents ?? {})),
  ].map(([name, { token_file }]) => ({ file, name, tokenFile: token_file }));

/** A name counts whatever it is the name of: the gateway says whether an agent may do this (R7), not this file. */
function pickNamed(found: readonly Found[], as: string, kind: Kind): Picked {
  const all = [kind, 'any'] as const;
  const picked = all
    .flatMap((one) => found.flatMap((file) => namesIn(file, one)))
    .find(({ name }) => name === as);
  if (picked) return picked;
  const known = [...new Set(found.flatMap((file) => namesIn(file, 'any')).map(({ name }) => name))];
  throw new Failure('unknown-identity', `no credential is stored for \`${as}\``, {
    exitCode: 2,
    hint: known.length > 0 ? `stored: ${known.join(', ')}` : 'store one with `countersign login`',
  });
}

function pickOnly(found: readonly Found[], kind: Kind): Picked {
  const nearest = found.map((file) => namesIn(file, kind)).find((names) => names.length > 0) ?? [];
  const [only] = nearest;
  if (only && nearest.length === 1) return only;
  const who = kind === 'any' ? 'identity' : kind;
  throw new Usage(
    only
      ? `say who you are with \`--as\`: ${nearest.map(({ name }) => name).join(', ')}`
      : `no ${who}'s credential; set COUNTERSIGN_TOKEN or store one with \`countersign login\``,
  );
}

/** A token as it stands in the environment, or where it says it is. */
function tokenOf(text: string, io: Io): string {
  const [, scheme, reference = ''] = /^(env|file|exec):(.+)$/s.exec(text) ?? [];
  try {
    if (scheme === 'env') return checked(io.env[reference] ?? '', `env:${reference}`);
    if (scheme === 'file') return checked(readFileSync(resolve(io.cwd, reference), 'utf8'), text);
    if (scheme === 'exec') {
      const [program = '', ...args] = reference.trim().split(/\s+/);
      return checked(execFileSync(program, args, { encoding: 'utf8' }), 'exec:…');
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('unreadable', `the token of COUNTERSIGN_TOKEN (${scheme}:…) cannot be read`);
  }
  return checked(text, 'COUNTERSIGN_TOKEN');
}
