// The vectors of docs/spec as cases without a test framework, so that vitest and the plain runner of an older Node share them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, toBase64, toBase64url, toHex, utf8 } from '../src/bytes.ts';
import { phraseOf } from '../src/evidence/disclosure.ts';
import { readToken } from '../src/evidence/grant.ts';
import { readGrantKeys } from '../src/evidence/grant-key.ts';
import { canonical, parseCanonical, type Json, type JsonObject } from '../src/json.ts';
import { pathsOf } from '../src/ledger/tiles.ts';
import { hashLeaf, rootOfProof } from '../src/ledger/tree.ts';
import { nodePrimitives } from '../src/main.ts';
import { isBy, parseVkey, verifyLine } from '../src/note/key.ts';
import { parseNote } from '../src/note/note.ts';
import { signedText } from '../src/passkey/assertion.ts';
import { readTrust } from '../src/note/trust.ts';
import { webPrimitives, type Primitives } from '../src/primitives.ts';
import { verifyReceipt } from '../src/receipt/verify-receipt.ts';

export type Case = { readonly title: string; readonly run: () => Promise<void> };

const sha256 = async (primitives: Primitives, text: string): Promise<string> =>
  `sha256:${toHex(await primitives.sha256([utf8(text)]))}`;

const must = <T>(value: T | undefined): T => {
  assert.notEqual(value, undefined);
  return value as T;
};

/** Every case of every vector file in a folder. */
export function casesOf(folder: string): readonly Case[] {
  const load = (name: string): unknown =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  return Object.entries({ node: nodePrimitives, web: webPrimitives }).flatMap(([name, by]) =>
    [
      ...digestCases(load('action-digest') as Digests, by),
      ...statementCases(load('decision-statement') as Statements, by),
      ...grantCases(load('grant') as Grants, by),
      ...ledgerCases(load('ledger') as Ledger, by),
      ...receiptCases(load('receipt') as Receipts, by),
    ].map(({ title, run }) => ({ title: `${title} (${name})`, run })),
  );
}

type Digests = {
  readonly canonical: readonly { readonly source: string; readonly canonical: string | null }[];
  readonly actions: readonly {
    readonly name: string;
    readonly action: { readonly [name: string]: Json };
    readonly salt: string;
    readonly canonical: string;
    readonly digest: string;
    readonly phrase: string;
  }[];
  readonly different: readonly {
    readonly name: string;
    readonly action: { readonly [name: string]: Json };
    readonly salt: string;
  }[];
};

const digestCases = ({ canonical: texts, actions, different }: Digests, by: Primitives): Case[] => [
  ...texts.map(({ source, canonical: expected }) => ({
    title: `AD-2 canonical form of ${source.slice(0, 40)}`,
    run: async () => {
      const value = JSON.parse(source) as Json;
      // rounding by the parser shows only where the text is compared
      if (expected === null) assert.equal(parseCanonical(source), undefined);
      else assert.equal(canonical(value), expected);
      if (expected !== null && expected !== source) assert.equal(parseCanonical(source), undefined);
    },
  })),
  ...actions.map(({ name, action, salt, canonical: text, digest, phrase }) => ({
    title: `AD-3 AD-9 digest and phrase of ${name}`,
    run: async () => {
      assert.equal(canonical({ ...action, salt }), text);
      assert.equal(await sha256(by, text), digest);
      assert.equal(phraseOf(digest), phrase);
    },
  })),
  ...different.map(({ name, action, salt }) => ({
    title: `AD-7 ${name} is another digest`,
    run: async () => {
      const digest = await sha256(by, must(canonical({ ...action, salt })));
      assert.ok(actions.every((known) => known.digest !== digest));
    },
  })),
];

type Statements = {
  readonly statements: readonly {
    readonly statement: JsonObject;
    readonly canonical: string;
    readonly challenge: string;
  }[];
  readonly views: readonly { readonly view: Json; readonly digest: string }[];
};

const statementCases = ({ statements, views }: Statements, by: Primitives): Case[] => [
  ...statements.map(({ statement, canonical: text, challenge }) => ({
    title: 'DS-3 challenge of a decision statement',
    run: async () => {
      assert.equal(canonical(statement), text);
      const signed = signedText('countersign/decision/v1', statement);
      assert.equal(toBase64url(await by.sha256([signed])), challenge);
    },
  })),
  ...views.map(({ view, digest }) => ({
    title: 'DS-7 digest of a view',
    run: async () => assert.equal(await sha256(by, must(canonical(view))), digest),
  })),
];

type Grants = {
  readonly grantKeys: string;
  readonly valid: readonly {
    readonly name: string;
    readonly token: string;
    readonly claims: Json;
  }[];
  readonly refused: readonly {
    readonly name: string;
    readonly token: string;
    readonly refusal: string;
  }[];
};

const grantCases = ({ grantKeys, valid, refused }: Grants, by: Primitives): Case[] => {
  const isSigned = async (text: string): Promise<boolean> => {
    const keys = await readGrantKeys(by, grantKeys);
    assert.ok(keys.ok);
    const token = readToken(text);
    const key = keys.value.find(({ kid }) => kid === token?.kid);
    return token && key ? by.isSignedBy(key.publicKey, token.signed, token.signature) : false;
  };
  return [
    ...valid.map(({ name, token, claims }) => ({
      title: `GR-1 GR-2 ${name}`,
      run: async () => {
        assert.equal(readToken(token)?.claims, canonical(claims));
        assert.ok(await isSigned(token));
      },
    })),
    // audience, issuer and time are the executor's to refuse: for this side those tokens are well signed
    ...refused
      .filter(({ name, refusal }) => refusal === 'grant-invalid' && !name.includes('issuer'))
      .map(({ name, token }) => ({
        title: name,
        run: async () => assert.equal(await isSigned(token), false),
      })),
  ];
};

type Ledger = {
  readonly trees: readonly { readonly size: number; readonly root: string }[];
  readonly leaves: readonly { readonly entry: string; readonly hash: string }[];
  readonly inclusion: readonly {
    readonly index: number;
    readonly size: number;
    readonly proof: readonly string[];
  }[];
  readonly tiles: {
    readonly paths: readonly {
      readonly path: string;
      readonly kind: string;
      readonly level: number;
      readonly index: number;
      readonly width: number;
    }[];
  };
  readonly keys: { readonly invalid: readonly string[] };
  readonly notes: readonly {
    readonly name: string;
    readonly vkeys: readonly string[];
    readonly note: string;
    readonly opens?: string;
  }[];
};

const ledgerCases = (ledger: Ledger, by: Primitives): Case[] => [
  ...ledger.leaves.map(({ entry, hash }) => ({
    title: `leaf hash of ${entry}`,
    run: async () => assert.equal(toBase64(await hashLeaf(by.sha256, utf8(entry))), hash),
  })),
  ...ledger.inclusion.map(({ index, size, proof }) => ({
    title: `inclusion of ${index} in ${size}`,
    run: async () => {
      const leaf = await hashLeaf(by.sha256, utf8(String(index)));
      const hashes = proof.map((line) => must(fromBase64(line)));
      const root = await rootOfProof(by.sha256, { leaf, index, size, proof: hashes });
      const expected = ledger.trees.find((tree) => tree.size === size)?.root;
      assert.ok(expected === undefined || toBase64(must(root)) === expected);
      const long = { leaf, index, size, proof: [...hashes, leaf] };
      assert.equal(await rootOfProof(by.sha256, long), undefined);
    },
  })),
  ...ledger.tiles.paths.map(({ path, kind, level, index, width }) => ({
    title: `tile path ${path}`,
    run: async () =>
      assert.equal(pathsOf(kind === 'entries' ? 'entries' : level, index, width)[0], path),
  })),
  ...ledger.keys.invalid.map((vkey) => ({
    title: `invalid vkey ${vkey.slice(0, 30)}`,
    run: async () => assert.equal(await parseVkey(by, vkey), undefined),
  })),
  ...ledger.notes.map(({ name, vkeys, note, opens }) => ({
    title: `note: ${name}`,
    run: async () => assert.equal(await openNote(by, note, vkeys), opens),
  })),
];

/** A note's text if a known key signed it and no known key's line fails. */
async function openNote(
  by: Primitives,
  note: string,
  vkeys: readonly string[],
): Promise<string | undefined> {
  const parsed = parseNote(note);
  if (!parsed) return undefined;
  const keys = await Promise.all(vkeys.map(async (vkey) => must(await parseVkey(by, vkey))));
  const verified = await Promise.all(
    parsed.signatures.flatMap((line) =>
      keys.filter((key) => isBy(key, line)).map((key) => verifyLine(by, key, parsed.text, line)),
    ),
  );
  return verified.length > 0 && verified.every((one) => one !== undefined)
    ? parsed.text
    : undefined;
}

type Receipts = {
  readonly trust: string;
  readonly grantKeys: string;
  readonly valid: readonly {
    readonly name: string;
    readonly state: string;
    readonly checks?: object;
    readonly receipt: string;
  }[];
  readonly invalid: readonly {
    readonly name: string;
    readonly refusal: string;
    readonly receipt: string;
  }[];
};

function receiptCases(
  { trust: policy, grantKeys, valid, invalid }: Receipts,
  by: Primitives,
): Case[] {
  const verify = async (text: string, keys?: string) => {
    const trust = await readTrust(policy, {
      primitives: by,
      ...(keys === undefined ? {} : { grantKeys: keys }),
    });
    assert.ok(trust.ok);
    return verifyReceipt(text, trust.value, { primitives: by });
  };
  return [
    ...valid.map(({ name, state, checks, receipt }) => ({
      title: `RC-5 a receipt verifies: ${name}`,
      run: async () => {
        const result = await verify(receipt, grantKeys);
        assert.equal(result.ok ? 'ok' : result.failure.message, 'ok');
        if (!result.ok) return;
        assert.equal(result.value.state, state);
        if (checks) assert.deepEqual(result.value.checks, checks);
        // without keys nothing is claimed about the grant's signature (RC-11)
        const unchecked = await verify(receipt);
        assert.ok(unchecked.ok && unchecked.value.checks.grant !== 'valid');
      },
    })),
    ...invalid.map(({ name, refusal, receipt }) => ({
      title: `${name}: ${refusal}`,
      run: async () => {
        const result = await verify(receipt, grantKeys);
        assert.equal(result.ok ? 'ok' : result.failure.code, refusal);
      },
    })),
  ];
}
