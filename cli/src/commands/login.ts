import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, Usage, type Call, type Run } from '../command.ts';
import { checked, ownFolder, urlOf, type Credentials } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { openGateway } from '../gateway.ts';
import { ask } from '../prompt.ts';
import { plain } from '../text.ts';

/** Stores a token after the gateway said whose it is. */
export const login: Run = async (call) => {
  const { io } = call;
  const url = urlOf(call, undefined);
  const token = checked(await readSecret(call), 'the input');
  const { kind, id } = await openGateway({ url, token }).me();
  const name = call.words[0] ?? id;
  if (!/^[A-Za-z0-9][\w.@-]{0,100}$/.test(name))
    throw new Usage(`\`${name}\` is no name for a file; give another NAME`);
  const file = store(ownFolder(io), { url, name, token, isPerson: kind === 'person' });
  if (call.has('json')) io.out(`${JSON.stringify({ kind, id, name, url, file })}\n`);
  else io.out(plain(`stored the token of ${kind} ${id} as ${name} in ${file}`) + '\n');
  return EXIT.done;
};

async function readSecret({ io }: Call): Promise<string> {
  if (io.isTty.in && io.isTty.err)
    return (await ask(io, 'Token (not shown): ', { isSecret: true, armingMs: 0 })) ?? '';
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

type Entry = {
  readonly url: string;
  readonly name: string;
  readonly token: string;
  readonly isPerson: boolean;
};

function store(folder: string, { url, name, token, isPerson }: Entry): string {
  const group = isPerson ? 'people' : 'agents';
  const file = join(folder, 'credentials.json');
  const known = read(file);
  if (known.url !== undefined && known.url !== url)
    throw new Failure('other-gateway', `\`${file}\` holds credentials of \`${known.url}\``, {
      hint: 'remove that file first, or keep the token elsewhere and set COUNTERSIGN_TOKEN=file:PATH',
    });
  mkdirSync(join(folder, group), { recursive: true, mode: 0o700 });
  const token_file = `${group}/${name}.token`;
  write(join(folder, token_file), `${token}\n`);
  const next: Credentials = { ...known, url, [group]: { ...known[group], [name]: { token_file } } };
  write(file, `${JSON.stringify(next, undefined, 2)}\n`);
  return file;
}

function read(file: string): Credentials {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Failure('credentials-invalid', `\`${file}\` cannot be read`);
  }
}

/** Beside it first, then in its place: never half a file, never a moment in which others may read it. */
function write(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}
