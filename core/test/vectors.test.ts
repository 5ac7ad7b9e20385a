import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { digestAction, fingerprintAction, type Action } from '../src/action/action.ts';
import { phraseOf } from '../src/action/phrase.ts';
import { digestView, type View } from '../src/action/view.ts';
import { decide } from '../src/approval/decide.ts';
import type { ApprovalEvent, Vote } from '../src/approval/event.ts';
import { replay } from '../src/approval/evolve.ts';
import { canonical } from '../src/canonical.ts';
import { challengeOf } from '../src/approval/statement.ts';
import { base64url } from '../src/crypto.ts';
import { openGrant } from '../src/grant/grant.ts';
import type { Jwk } from '../src/grant/jws.ts';
import { parseJson, type Json } from '../src/json.ts';
import { buildReceipt } from '../src/ledger/receipt.ts';
import { instant } from '../src/time.ts';
import { allow, must, openOffice } from './office.ts';
import { makeVectors } from './vector-files.ts';

// core over the vectors of docs/spec; verify/test runs verify over the same.
const load = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../docs/spec/vectors/${name}.json`, import.meta.url), 'utf8'),
  );

test('core still makes every vector, to the byte', async () => {
  // to change a vector on purpose: node --conditions=@countersign/source core/test/vector-files.ts
  for (const [name, vectors] of Object.entries(await makeVectors()))
    expect(JSON.parse(JSON.stringify(vectors)), name).toEqual(load(name));
});

type Salted = { readonly name: string; readonly action: Action; readonly salt: string };
const digests = load('action-digest') as {
  readonly canonical: readonly { readonly source: string; readonly canonical: string | null }[];
  readonly actions: readonly (Salted & {
    readonly canonical: string;
    readonly digest: string;
    readonly phrase: string;
    readonly key: string;
    readonly fingerprint: string;
  })[];
  readonly different: readonly Salted[];
};

const form = (value: Json) => {
  try {
    return canonical(value);
  } catch {
    return null;
  }
};

describe('action digest', () => {
  test.each(digests.canonical)('AD-2 canonical form of $source', ({ source, canonical: text }) => {
    const parsed = parseJson(source, 100);
    expect(parsed.ok ? form(parsed.value) : null).toBe(text);
  });
  test.each(digests.actions)('AD-3 AD-8 AD-9 $name', (row) => {
    const digest = digestAction(row.action, row.salt);
    expect(canonical({ ...row.action, salt: row.salt })).toBe(row.canonical);
    expect(digest).toBe(row.digest);
    expect(phraseOf(digest)).toBe(row.phrase);
    expect(fingerprintAction(row.action, Buffer.from(row.key, 'hex'))).toBe(row.fingerprint);
  });
  test.each(digests.different)('AD-7 $name is another digest', ({ action, salt }) => {
    expect(digests.actions.map(({ digest }) => digest)).not.toContain(digestAction(action, salt));
  });
});

const statements = load('decision-statement') as {
  readonly statements: readonly {
    readonly statement: object;
    readonly canonical: string;
    readonly challenge: string;
  }[];
  readonly views: readonly { readonly view: View; readonly digest: string }[];
  readonly waiting: readonly ApprovalEvent[];
  readonly vote: Vote;
  readonly refused: readonly {
    readonly name: string;
    readonly member: string;
    readonly value: Json;
    readonly human?: string;
    readonly refusal: string;
  }[];
};

describe('decision statement', () => {
  test.each(statements.statements)('DS-2 DS-3 its bytes and challenge', (row) => {
    expect(canonical(row.statement)).toBe(row.canonical);
    expect(base64url(challengeOf('countersign/decision/v1', row.statement))).toBe(row.challenge);
  });
  test.each(statements.views)('DS-7 digest of what was shown', ({ view, digest }) => {
    expect(digestView(view)).toBe(digest);
  });
  const cast = (vote: Vote) =>
    decide(
      replay(statements.waiting),
      {
        type: 'cast-vote',
        vote,
        expected: vote.statement,
        grantId: 'grt_x',
        directory: openOffice().parts.directory(),
      },
      instant(vote.statement.issuedAt),
    );
  test('the vote itself counts', () => {
    expect(cast(statements.vote)).toMatchObject({ ok: true });
  });
  test.each(statements.refused)('$name: $refusal', ({ member, value, human, refusal }) => {
    const { vote } = statements;
    const at = vote.statement.issuedAt;
    const statement = { ...vote.statement, [member]: value };
    const changed = { ...vote, statement, ...(human === undefined ? {} : { human }) } as Vote;
    const directory = openOffice().parts.directory();
    const { origin, choice } = vote.statement;
    const expected = { origin, choice, person: changed.statement.person };
    const command = {
      type: 'cast-vote',
      vote: changed,
      expected,
      grantId: 'grt_x',
      directory,
    } as const;
    expect(decide(replay(statements.waiting), command, instant(at))).toEqual({
      ok: false,
      error: refusal,
    });
  });
});

type Expected = { readonly issuer: string; readonly audience: string; readonly now: number };
const grants = load('grant') as {
  readonly grantKeys: string;
  readonly valid: readonly { name: string; token: string; claims: Json; expect: Expected }[];
  readonly refused: readonly { name: string; token: string; expect: Expected; refusal: string }[];
};

describe('grant', () => {
  const { keys } = JSON.parse(grants.grantKeys) as { readonly keys: readonly Jwk[] };
  const open = (token: string, { now, ...rest }: Expected) =>
    openGrant(token, { ...rest, keys }, instant(now));
  test.each(grants.valid)('GR-1 GR-2 $name', ({ token, claims, expect: expected }) => {
    expect(open(token, expected)).toEqual(claims);
  });
  test.each(grants.refused)('$name: $refusal', ({ token, expect: expected, refusal }) => {
    expect(open(token, expected)).toBe(refusal);
  });
});

const receiptNow = async (stream: `act_${string}`, redeem: boolean, size?: number) => {
  const { gatekeeper, parts, propose, store } = openOffice(allow);
  const { status, grant } = must(await propose());
  if (redeem) must(await gatekeeper.redeem(grant ?? '', 'data-bot'));
  const root = Buffer.alloc(32).toString('base64');
  const total = size ?? (await store.head()).size;
  const sealing = { issuer: parts.settings.origin, key: parts.grantKey };
  return buildReceipt({
    store,
    stream: stream === 'act_mine' ? status.id : stream,
    checkpoint: `o\n${total}\n${root}\n\n— o AAAAAAA=\n`,
    grant: sealing,
  });
};
const extraOf = (receipt: string) =>
  JSON.parse(Buffer.from(/^extra (.*)$/m.exec(receipt)?.[1] ?? '', 'base64').toString());

describe('receipt', () => {
  test('RC-10 a grant is in it only once it is worthless', async () => {
    expect(extraOf(must(await receiptNow('act_mine', false)))).not.toHaveProperty('grant');
    expect(extraOf(must(await receiptNow('act_mine', true)))).toHaveProperty('grant');
  });
  test('RC-4 entries the checkpoint does not cover are left out', async () => {
    expect(extraOf(must(await receiptNow('act_mine', true, 2))).entries).toHaveLength(2);
    expect(await receiptNow('act_mine', true, 0)).toEqual({ ok: false, error: 'not-covered' });
  });
  test('an unknown action has none', async () => {
    expect(await receiptNow('act_other', true)).toEqual({ ok: false, error: 'not-found' });
  });
});
