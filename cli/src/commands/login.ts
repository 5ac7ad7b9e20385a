import { loginByBrowser } from '../browser-login.ts';
import { Usage, type Call, type Run } from '../command.ts';
import { ownFolder, urlOf } from '../credentials.ts';
import { checked } from '../token-file.ts';
import { EXIT } from '../exit.ts';
import { openGateway } from '../gateway.ts';
import { storeOwn } from '../own-credentials.ts';
import { ask } from '../prompt.ts';
import { plain } from '../text.ts';

/** Signs this terminal in by a browser; or stores a token after the gateway said whose it is. */
export const login: Run = async (call) => {
  const { io } = call;
  const url = urlOf(call, undefined);
  if (call.words[0] !== undefined) asFileName(call.words[0]);
  const token = call.has('token')
    ? checked(await readSecret(call), 'the input')
    : (await loginByBrowser(io, { url, isOpened: !call.has('no-browser') })).token;
  const { kind, id } = await openGateway({ url, token }).me();
  const name = asFileName(call.words[0] ?? id);
  const file = storeOwn(ownFolder(io), { url, name, token, isPerson: kind === 'person' });
  if (call.has('json')) io.out(`${JSON.stringify({ kind, id, name, url, file })}\n`);
  else io.out(plain(`stored the token of ${kind} ${id} as ${name} in ${file}`) + '\n');
  return EXIT.done;
};

function asFileName(name: string): string {
  if (/^[A-Za-z0-9][\w.@-]{0,100}$/.test(name)) return name;
  throw new Usage(`\`${name}\` is no name for a file; give another NAME`);
}

async function readSecret({ io }: Call): Promise<string> {
  if (io.isTty.in && io.isTty.err)
    return (await ask(io, 'Token (not shown): ', { isSecret: true, armingMs: 0 })) ?? '';
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
