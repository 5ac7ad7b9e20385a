import { readFileSync, realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { Failure } from './command.ts';

/** ATTACKER: a project's own credentials file may name any path; only tokens in its folder are ever read and sent. */
export function readToken(folder: string, tokenFile: string): string {
  const path = resolve(folder, tokenFile);
  try {
    const real = realpathSync(path);
    if (!real.startsWith(realpathSync(folder) + sep))
      throw new Failure('token-outside', `\`${tokenFile}\` leads out of \`${folder}\``);
    return checked(readFileSync(real, 'utf8'), path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('unreadable', `the token file \`${path}\` cannot be read`);
  }
}

/** Tokens are one printable word; anything else would end up in a header or an error message. */
export function checked(text: string, where: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]{8,512}$/.test(token)) return token;
  throw new Failure('token-invalid', `\`${where}\` does not hold a token`);
}
