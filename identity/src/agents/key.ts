import { crc32 } from 'node:zlib';
import { isSameSecret, random, sha256 } from '@countersign/core';
import type { AgentKey, Agents } from '../roster/agents.ts';

/**
 * An agent's key: `csk_`, 16 characters that name it, `_`, 43 that are its secret (256 bits), 6 that check the rest.
 * Whoever finds one can tell by its name alone which to revoke, and a scanner can tell it from a look-alike.
 */
const FORM = /^csk_([0-9A-Za-z]{16})_[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const NAME_LENGTH = 16;
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;

/** Random letters and digits; a byte beyond the last whole alphabet is thrown away, so that each is as likely as any. */
function letters(length: number): string {
  let text = '';
  while (text.length < length)
    for (const byte of random(length))
      if (byte < 248 && text.length < length) text += LETTERS.charAt(byte % 62);
  return text;
}

function checkOf(body: string): string {
  let text = '';
  for (let rest = crc32(body), i = 0; i < CHECK_LENGTH; i++, rest = Math.floor(rest / 62))
    text = LETTERS.charAt(rest % 62) + text;
  return text;
}

/** A new key, to be shown once, with its name and what is kept of it. */
export function makeKey(): { readonly id: string; readonly key: string; readonly digest: string } {
  const name = letters(NAME_LENGTH);
  const body = `csk_${name}_${letters(SECRET_LENGTH)}`;
  const key = body + checkOf(body);
  return { id: `key_${name}`, key, digest: sha256(key) };
}

/** The name of a key; undefined when the text is none. Says nothing about whether it exists. */
export function keyIdOf(text: string): string | undefined {
  const [, name, check] = FORM.exec(text) ?? [];
  if (name === undefined || check === undefined) return undefined;
  return checkOf(text.slice(0, -CHECK_LENGTH)) === check ? `key_${name}` : undefined;
}

/** The key that a text is, good or not. */
export function keyOf({ keys }: Agents, text: string): AgentKey | undefined {
  const key = keys.get(keyIdOf(text) ?? '');
  // found by its name, which is no secret; compared without telling by time where it differs
  return key && isSameSecret(key.digest, sha256(text)) ? key : undefined;
}
