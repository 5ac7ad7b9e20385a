import { UpstreamFailure } from '../upstream.ts';
import type { Dialed } from './dial.ts';
import { endPointOf } from './end-point.ts';
import { readErrorFields } from './read-backend.ts';
import { readText, type Cursor } from './reader.ts';
import { PLAIN, PLUS } from './scram.ts';

/** Who may not log in, or will not. */
export const refused = (text: string): UpstreamFailure =>
  new UpstreamFailure('authentication', text);

/** How to show the password, of the ways that are offered: bound to the certificate where that goes. */
export function choose(
  body: Cursor,
  certificate: Dialed['certificate'],
): { readonly mechanism: string; readonly binding: Buffer | undefined } {
  const offered: string[] = [];
  for (let name = readText(body); name !== ''; name = readText(body)) offered.push(name);
  const binding = offered.includes(PLUS) ? endPointOf(certificate) : undefined;
  if (binding) return { mechanism: PLUS, binding };
  if (offered.includes(PLAIN)) return { mechanism: PLAIN, binding: undefined };
  throw refused('the database offers no way to show a password that this gate takes');
}

/** ATTACKER: what a server says may hold names and addresses, so only its SQLSTATE is told. */
export function refusalOf(frame: Buffer): UpstreamFailure {
  const told = readErrorFields(frame).get('C') ?? '';
  const state = /^[0-9A-Z]{5}$/.test(told) ? told : undefined;
  const code =
    state?.startsWith('28') === true
      ? 'authentication'
      : state === '22023' || state === '42704'
        ? 'settings'
        : 'refused';
  return new UpstreamFailure(
    code,
    `the database refused the connection (${state ?? 'no code'})`,
    state,
  );
}
