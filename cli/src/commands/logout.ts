import { Usage, type Run } from '../command.ts';
import { ownFolder, urlOf } from '../credentials.ts';
import { readToken } from '../token-file.ts';
import { EXIT } from '../exit.ts';
import { openGateway } from '../gateway.ts';
import { readOwn, removeOwn } from '../own-credentials.ts';
import { plain } from '../text.ts';

/** Ends the session of a stored credential at the gateway, and removes it from this machine. */
export const logout: Run = async (call) => {
  const { io } = call;
  const folder = ownFolder(io);
  const { url, people = {} } = readOwn(folder);
  const names = Object.keys(people);
  const name = call.words[0] ?? (names.length === 1 ? names[0] : undefined);
  const found = name === undefined ? undefined : people[name];
  if (name === undefined || !found)
    throw new Usage(
      names.length > 0 ? `say who leaves: ${names.join(', ')}` : 'nobody is signed in here',
    );
  const isEnded = await ended(url ?? urlOf(call), () => readToken(folder, found.token_file));
  // whatever the gateway said: what is not here any more is of no use to whoever comes next
  removeOwn(folder, name);
  if (call.has('json')) io.out(`${JSON.stringify({ name, ended: isEnded })}\n`);
  else if (isEnded) io.out(plain(`${name} is signed out`) + '\n');
  else
    io.out(
      plain(`removed the token of ${name}; the gateway was not told, or knew it no more`) + '\n',
    );
  return EXIT.done;
};

async function ended(url: string, token: () => string): Promise<boolean> {
  try {
    await openGateway({ url, token: token() }).signOut();
    return true;
  } catch {
    return false;
  }
}
