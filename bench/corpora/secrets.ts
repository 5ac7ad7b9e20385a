import { generateKeyPairSync } from 'node:crypto';
import { HEX, LOWER, UPPER, WORD, type Chance } from './chance.ts';
import type { Made } from './people.ts';

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Keys of clouds as their makers publish the form. */
export const cloudKey: Made = (chance) =>
  chance.pick([
    (c: Chance) => c.pick(['AKIA', 'ASIA']) + c.from(`${UPPER}234567`, 16),
    (c: Chance) => `AIza${c.from(`${WORD}_-`, 35)}`,
    (c: Chance) => `ya29.${c.from(`${WORD}_-`, 80)}`,
    (c: Chance) => `${c.from(WORD, 3)}8Q~${c.from(`${WORD}_.~-`, 34)}`,
    (c: Chance) => `dop_v1_${c.from(HEX, 64)}`,
    (c: Chance) => `LTAI${c.from(WORD, 20)}`,
    (c: Chance) => `hvs.${c.from(`${WORD}_-`, 90)}`,
    (c: Chance) => `ghp_${c.from(WORD, 36)}`,
    (c: Chance) => `glpat-${c.from(`${WORD}_-`, 20)}`,
    (c: Chance) => `xoxb-${c.digits(12)}-${c.digits(12)}-${c.from(WORD, 24)}`,
    (c: Chance) => `sk_live_${c.from(WORD, 24)}`,
    (c: Chance) => `npm_${c.from(WORD, 36)}`,
    (c: Chance) => `sk-proj-${c.from(`${WORD}_-`, 60)}`,
    (c: Chance) => `SG.${c.from(`${WORD}_-`, 22)}.${c.from(`${WORD}_-`, 43)}`,
    (c: Chance) => `dapi${c.from(HEX, 32)}`,
  ])(chance);

export const jwt: Made = (chance) => {
  const head = json({ alg: chance.pick(['HS256', 'RS256', 'ES256', 'none']), typ: 'JWT' });
  const body = json({ sub: chance.from(LOWER, 8), iat: 1_700_000_000 + chance.below(9_999_999) });
  return `${head}.${body}.${chance.from(`${WORD}_-`, chance.pick([43, 86, 342]))}`;
};

// made once: a run needs their form, not their strength
const PEMS: readonly string[] = [
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ format: 'pem', type: 'sec1' })
    .toString(),
  generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .privateKey.export({ format: 'pem', type: 'pkcs1' })
    .toString(),
];

/** A key file, as it stands in files, in one line of JSON, or under an indent. */
export const privateKey: Made = (chance) => {
  const pem = chance.pick(PEMS).trim();
  return chance.pick([pem, JSON.stringify(pem).slice(1, -1), pem.replaceAll('\n', '\n    ')]);
};
