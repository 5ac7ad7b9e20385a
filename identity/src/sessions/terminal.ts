import {
  base64url,
  err,
  instant,
  sha256,
  type Clock,
  type Instant,
  type Result,
} from '@countersign/core';
import { keyed, keyFor } from '../keyed.ts';
import { seal, unseal } from '../sealed.ts';
import type { Session } from '../session.ts';
import type { Sessions } from './sessions.ts';

/** What a browser hands to a terminal on the same machine: good once, for two minutes, and only for who holds the verifier. */
type Code = {
  /** The session of the browser that said yes. */
  readonly session: string;
  /** PKCE (RFC 7636), S256. */
  readonly challenge: string;
  readonly at: Instant;
};

/** Signs terminals in by a person who is signed in in a browser. */
export type Terminals = {
  readonly codeFor: (session: Session, challenge: string) => string;
  readonly redeem: (
    code: string,
    verifier: string,
  ) => Promise<Result<{ readonly secret: string; readonly session: Session }, 'code-invalid'>>;
};

const CODE_MS = 120_000;
const PURPOSE = 'terminal code';
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** Makes the codes; they lie nowhere, only that one was used is written down. */
export function createTerminals(parts: {
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly sessions: Pick<Sessions, 'open' | 'byId'>;
}): Terminals {
  const { key, clock, sessions } = parts;
  const sealing = keyFor(key, 'terminal');
  return {
    codeFor: ({ id }, challenge) =>
      seal(sealing, PURPOSE, { session: id, challenge, at: clock() } satisfies Code),
    redeem: async (code, verifier) => {
      // authenticated by the key: only this installation wrote it
      const found = unseal(sealing, PURPOSE, code) as Code | undefined;
      if (!found || clock() >= found.at + CODE_MS || !isOf(found.challenge, verifier))
        return err('code-invalid');
      // whoever signed out since does not go on in a terminal
      const browser = await sessions.byId(found.session);
      if (!browser) return err('code-invalid');
      const { person, provider, authTime, idpSession, amr } = browser;
      const opened = await sessions.open({
        kind: 'terminal',
        person,
        provider,
        authTime,
        ...(idpSession === undefined ? {} : { idpSession }),
        ...(amr && { amr }),
        once: { name: `terminal:${keyed(key, 'code', code)}`, until: instant(found.at + CODE_MS) },
      });
      return opened.ok ? opened : err('code-invalid');
    },
  };
}

const isOf = (challenge: string, verifier: string): boolean =>
  VERIFIER.test(verifier) &&
  base64url(Buffer.from(sha256(verifier).slice('sha256:'.length), 'hex')) === challenge;
