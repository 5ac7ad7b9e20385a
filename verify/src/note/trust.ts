import { isSame } from '../bytes.ts';
import { webPrimitives, type Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { readGrantKeys, type GrantKey } from '../evidence/grant-key.ts';
import { COSIGNATURE, LOG_SIGNATURE, ML_DSA, parseVkey, type Key } from './key.ts';

/** What must have cosigned: `need` of the members, each a witness or another group. */
export type Quorum =
  | { readonly witness: string }
  | { readonly group: string; readonly need: number; readonly members: readonly Quorum[] };

/** Whom to believe, handed in and never fetched: a parsed C2SP tlog-policy, and keys that sign grants. */
export type Trust = {
  readonly logs: readonly Key[];
  readonly witnesses: readonly { readonly name: string; readonly key: Key }[];
  /** Undefined: no cosignature is required. */
  readonly quorum: Quorum | undefined;
  /** Without these a grant's signature is not checked, and the result says so. */
  readonly grantKeys: readonly GrantKey[];
};

type Draft = {
  readonly logs: Key[];
  readonly witnesses: { readonly name: string; readonly key: Key }[];
  readonly names: Map<string, Quorum>;
  readonly taken: Set<string>;
  quorum?: Quorum | 'none';
};

class Invalid extends Error {}

/** Reads a trust file (C2SP tlog-policy) and, beside it, a JWK set of grant keys. */
export async function readTrust(
  policy: string,
  options: { readonly grantKeys?: string; readonly primitives?: Primitives } = {},
): Promise<Result<Trust>> {
  const primitives = options.primitives ?? webPrimitives;
  const grantKeys = await readGrantKeys(primitives, options.grantKeys);
  if (!grantKeys.ok) return grantKeys;
  const draft: Draft = { logs: [], witnesses: [], names: new Map(), taken: new Set() };
  for (const [i, line] of policy.split('\n').entries()) {
    try {
      await readLine(primitives, draft, line);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return fail('trust-invalid', `trust file, line ${i + 1}: ${error.message}`);
    }
  }
  if (draft.quorum === undefined)
    return fail(
      'trust-invalid',
      'trust file: no `quorum` line; write `quorum none` to ask for none',
    );
  const quorum = draft.quorum === 'none' ? undefined : draft.quorum;
  const { logs, witnesses } = draft;
  return ok({ logs, witnesses, quorum, grantKeys: grantKeys.value });
}

async function readLine(primitives: Primitives, draft: Draft, line: string): Promise<void> {
  // oxlint-disable-next-line no-control-regex -- the rule of the format
  if (/[^\u0009\u0020-\u007e\u0080-\uffff]/.test(line)) throw new Invalid('control character');
  const [keyword, ...fields] = line.split(/[ \t]+/).filter((field) => field !== '');
  if (keyword === undefined || keyword.startsWith('#')) return;
  switch (keyword) {
    case 'log':
      return readLog(primitives, draft, fields);
    case 'witness':
      return readWitness(primitives, draft, fields);
    case 'group':
      return readGroup(draft, fields);
    case 'quorum':
      return readQuorum(draft, fields);
    default:
      throw new Invalid(`unknown keyword \`${keyword}\``);
  }
}

async function readLog(primitives: Primitives, { logs }: Draft, fields: string[]): Promise<void> {
  if (fields.length < 1 || fields.length > 2) throw new Invalid('expected `log <vkey> [<url>]`');
  const key = await readKey(primitives, fields[0], [LOG_SIGNATURE, ML_DSA]);
  refuseTwice(logs, key);
  logs.push(key);
}

async function readWitness(
  primitives: Primitives,
  { witnesses, names }: Draft,
  fields: string[],
): Promise<void> {
  const [name = '', vkey] = fields;
  if (fields.length < 2 || fields.length > 3)
    throw new Invalid('expected `witness <name> <vkey> [<url>]`');
  const key = await readKey(primitives, vkey, [COSIGNATURE, ML_DSA]);
  refuseTwice(
    witnesses.map((witness) => witness.key),
    key,
  );
  define(names, name, { witness: name });
  witnesses.push({ name, key });
}

async function readKey(
  primitives: Primitives,
  vkey: string | undefined,
  types: readonly number[],
): Promise<Key> {
  const key = await parseVkey(primitives, vkey ?? '');
  if (!key) throw new Invalid('not a vkey, or its key id is not its key’s');
  if (!types.includes(key.type)) throw new Invalid('a key of a type that cannot sign here');
  return key;
}

function refuseTwice(keys: readonly Key[], { publicKey }: Key): void {
  if (keys.some((known) => isSame(known.publicKey, publicKey)))
    throw new Invalid('this public key is there already');
}

function define(names: Draft['names'], name: string, quorum: Quorum): void {
  if (name === 'none' || names.has(name)) throw new Invalid(`the name \`${name}\` is taken`);
  names.set(name, quorum);
}

function readGroup({ names, taken }: Draft, fields: string[]): void {
  const [name = '', threshold = '', ...memberNames] = fields;
  const members = memberNames.map((member) => {
    const known = names.get(member);
    if (!known) throw new Invalid(`\`${member}\` is not defined on a line before`);
    if (taken.has(member)) throw new Invalid(`\`${member}\` is a member already`);
    taken.add(member);
    return known;
  });
  const need =
    new Map([
      ['all', members.length],
      ['any', 1],
    ]).get(threshold) ?? readCount(threshold);
  if (members.length === 0 || need < 1 || need > members.length)
    throw new Invalid('expected `group <name> all|any|<k> <member>…` with 1 ≤ k ≤ members');
  define(names, name, { group: name, need, members });
}

const readCount = (digits: string): number => (/^[1-9]\d{0,3}$/.test(digits) ? Number(digits) : 0);

function readQuorum(draft: Draft, fields: string[]): void {
  const [name = ''] = fields;
  if (draft.quorum !== undefined) throw new Invalid('a second `quorum` line');
  const quorum = name === 'none' ? name : draft.names.get(name);
  if (fields.length !== 1 || quorum === undefined)
    throw new Invalid('expected `quorum <name>` or `quorum none`, the name defined before');
  draft.quorum = quorum;
}

/** Whether these witnesses are enough. */
export function isEnough(quorum: Quorum | undefined, cosigned: ReadonlySet<string>): boolean {
  if (quorum === undefined) return true;
  if ('witness' in quorum) return cosigned.has(quorum.witness);
  const have = quorum.members.filter((member) => isEnough(member, cosigned)).length;
  return have >= quorum.need;
}
