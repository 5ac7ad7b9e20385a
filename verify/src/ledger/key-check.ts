import type { Entry } from '../entry.ts';
import { readProof, type Proof, type Vote } from '../evidence/event.ts';
import { Malformed, objectOf } from '../evidence/read.ts';
import type { JsonObject } from '../json.ts';
import { checkSigned, type Signed } from '../passkey/answer.ts';
import { checkAssertion } from '../passkey/assertion.ts';
import { readEnrolment, type Enrolment } from '../passkey/key.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';

/** Follows which passkeys there are, and checks what they signed. */
export type KeyCheck = {
  readonly take: (entry: Entry, index: number) => Result<void>;
  /** An answer with a proof; whether it holds is told by `finish`. */
  readonly answer: (vote: Vote, index: number, where: string) => Result<void>;
  /** Checks the signatures seen since the last call. */
  readonly finish: (primitives: Primitives) => Promise<Result<void>>;
};

type Known = Enrolment & { readonly removedAt?: number };
type Job = (primitives: Primitives) => Promise<Result<unknown>>;

/** An answer that was under way when its passkey was removed at another gateway may stand after the removal. */
const UNDER_WAY_MS = 60_000;

/** Enrolments by the rules (L29), and every signature by a passkey that was its voter's at that time (DS-13). */
export function createKeyCheck(): KeyCheck {
  const keys = new Map<string, Known>();
  const enrolled = new Set<string>();
  let jobs: Job[] = [];

  function enrol(entry: Entry, index: number): Result<void> {
    const read = readEnrolment(entry, index);
    if (!read.ok) return read;
    const key = read.value;
    const wrong = whatIsWrong(key);
    if (wrong !== undefined)
      return fail('enrolment-mismatch', `entry ${index} (${entry.type}): ${wrong}`);
    keys.set(key.credential, key);
    enrolled.add(key.person);
    return ok(undefined);
  }

  function whatIsWrong(key: Enrolment): string | undefined {
    if (keys.has(key.credential)) return 'this passkey was enrolled before';
    const { because, by } = key.entry;
    switch (because) {
      case 'first':
        return enrolled.has(key.person) ? 'it is not the first of this person' : undefined;
      case 'second-person':
        return by === key.person ? 'nobody else vouched for it' : undefined;
      case 'existing-passkey':
        return vouch(key);
      default:
        return 'it does not say why it was enrolled';
    }
  }

  function vouch(key: Enrolment): string | undefined {
    const given = key.vouched && readVouched(key.vouched);
    const by = given && keys.get(given.proof.credential);
    if (!given || !by || by.removedAt !== undefined || by.person !== key.person)
      return 'no enrolled passkey of this person vouched for it';
    if (by.level !== 'hardware' && key.level === 'hardware')
      return 'a weaker passkey vouched for it';
    if (!isAbout(given.statement, key)) return 'what was vouched for is another passkey';
    const said = { purpose: 'countersign/enrolment/v1', statement: given.statement } as const;
    jobs.push((primitives) => checkAssertion(primitives, given.proof, said, by));
    return undefined;
  }

  return {
    take: (entry, index) => {
      if (entry.stream !== 'directory') return ok(undefined);
      if (entry.type === 'passkey.enrolled') return enrol(entry, index);
      const { type, credential } = entry;
      const isRemoved = type === 'passkey.removed' && typeof credential === 'string';
      const key = isRemoved ? keys.get(credential) : undefined;
      if (key) keys.set(key.credential, { removedAt: entry.at, ...key });
      return ok(undefined);
    },
    answer: (vote, index, where) => {
      const key = vote.proof && keys.get(vote.proof.credential);
      if (key?.removedAt !== undefined && vote.at > key.removedAt + UNDER_WAY_MS)
        return fail('key-removed', `${where}: the passkey had been removed`);
      const signed: Signed = { vote, index, where };
      jobs.push((primitives) => checkSigned(primitives, signed, key));
      return ok(undefined);
    },
    finish: async (primitives) => {
      const now = jobs;
      jobs = [];
      for (const job of now) {
        const checked = await job(primitives);
        if (!checked.ok) return checked;
      }
      return ok(undefined);
    },
  };
}

function readVouched(
  vouched: JsonObject,
): { readonly statement: JsonObject; readonly proof: Proof } | undefined {
  try {
    return {
      statement: objectOf(vouched, 'statement'),
      proof: readProof(objectOf(vouched, 'proof')),
    };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

const isAbout = (statement: JsonObject, { entry }: Enrolment): boolean =>
  ['person', 'credential', 'publicKey', 'level'].every((name) => statement[name] === entry[name]);
