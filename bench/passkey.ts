import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  challengeOf,
  instant,
  random,
  type DecisionStatement,
  type Person,
} from '@countersign/core';
import { createMemoryStore } from '@countersign/core/testing';
import { createEnrolling, createRoster, createSigning } from '@countersign/identity';
import { checkAssertion, webPrimitives } from '@countersign/verify';
import { nodePrimitives } from '@countersign/verify/node';
import { createAuthenticator, ED25519, ES256, RS256 } from '../test/authenticator.ts';
import { median, type Figure } from './figure.ts';

const ROUNDS = 200;
const WARM_UP = 30;
const NAMES = { [ES256]: 'ES256', [ED25519]: 'Ed25519', [RS256]: 'RS256' } as const;

async function timed(run: () => unknown): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < ROUNDS + WARM_UP; i++) {
    const began = performance.now();
    await run();
    if (i >= WARM_UP) samples.push(performance.now() - began);
  }
  return median(samples);
}

/** Checking what a passkey signed: as a vote arrives, and years later, offline. */
export async function benchPasskey(): Promise<readonly Figure[]> {
  const rows = await Promise.all(([ES256, ED25519, RS256] as const).map((alg) => prepare(alg)));
  const figures: Figure[] = [];
  for (const { alg, vote, offline, inBrowser, bare } of rows) {
    const baseline = await timed(bare);
    const figure = (name: string, value: number, target: number): Figure => ({
      name: `passkey, ${NAMES[alg]}: ${name}`,
      value,
      unit: 'ms',
      baseline,
      ratio: value / baseline,
      target: `≤ ${target}`,
      ok: value <= target,
    });
    figures.push(
      figure('a vote checked by the gateway, median', await timed(vote), 3),
      figure('an assertion checked offline, median', await timed(offline), 1),
      figure('the same by Web Crypto, median', await timed(inBrowser), 1),
    );
  }
  return figures;
}

const clock = () => instant(1_700_000_000_000);

const must = <T extends { readonly ok: boolean }>(result: T): T => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result;
};

/** One enrolled passkey of an algorithm and the answer it gave, with three ways to check it and what the signature alone costs. */
async function prepare(alg: typeof ES256 | typeof ED25519 | typeof RS256) {
  const store = createMemoryStore({ clock });
  const roster = await createRoster(store, clock);
  const site = { rpId: 'localhost', origin: 'http://localhost:8088' };
  const common = { roster, clock, key: Buffer.alloc(32, 1), site };
  const enrolling = createEnrolling({
    ...common,
    random,
    origin: 'bench',
    secondPerson: () => 'recovery',
    humanOf: (id) => id,
    isActive: () => true,
  });
  const signing = createSigning({ ...common, onRegressed: () => undefined });
  const person: Person = {
    id: 'dana',
    name: 'dana',
    human: 'dana',
    groups: [],
    active: true,
    reach: 'session',
  };
  const session = {
    id: 's',
    kind: 'browser',
    person: 'dana',
    provider: 'p',
    authTime: clock(),
    recentUntil: clock(),
    openedAt: clock(),
    expiresAt: clock(),
  } as const;
  const authenticator = createAuthenticator({ alg });
  const made = await enrolling.options({ person, session });
  if (!made.ok) throw new Error(made.error.code);
  const { ticket: pass, options } = made.value;
  const response = authenticator.register(options.challenge);
  await enrolling.register({ person, session }, { ticket: pass, response });

  const { statements } = JSON.parse(
    readFileSync(new URL('../docs/spec/vectors/decision-statement.json', import.meta.url), 'utf8'),
  ) as { readonly statements: readonly { readonly statement: DecisionStatement }[] };
  const [first] = statements;
  if (!first) throw new Error('no statement');
  const statement = {
    ...first.statement,
    issuedAt: clock(),
    expiresAt: instant(clock() + 300_000),
  };
  const asked = await signing.ask(person, statement);
  if (!asked.ok) throw new Error(asked.error.code);
  const { ticket } = asked.value;
  const challenge = Buffer.from(challengeOf('countersign/decision/v1', statement));
  const answer = authenticator.assert(challenge.toString('base64url'));
  const proof = { credential: authenticator.credential, ...answer.response };
  const key = {
    key: { alg, spki: Buffer.from(authenticator.publicKey, 'base64url') },
    ...site,
    level: 'passkey',
    isBackupEligible: false,
  } as const;
  const said = { purpose: 'countersign/decision/v1', statement } as const;
  const message = Buffer.from('what a passkey signs is about as long as this, and a digest');
  const signature = authenticator.sign(message);
  return {
    alg,
    vote: async () => must(await signing.check(person, { statement, ticket, response: answer })),
    offline: async () => must(await checkAssertion(nodePrimitives, proof, said, key)),
    inBrowser: async () => must(await checkAssertion(webPrimitives, proof, said, key)),
    bare: () => {
      const der = { key: key.key.spki, format: 'der', type: 'spki' } as const;
      verify(alg === ED25519 ? null : 'sha256', message, createPublicKey(der), signature);
    },
  };
}
