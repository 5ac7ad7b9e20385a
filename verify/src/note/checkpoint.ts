import { fromBase64 } from '../bytes.ts';
import type { Primitives } from '../primitives.ts';
import { fail, ok, type Result } from '../result.ts';
import { HASH } from '../ledger/tree.ts';
import { isBy, ML_DSA, verifyLine } from './key.ts';
import { parseNote, type ParsedNote } from './note.ts';
import { isEnough, type Trust } from './trust.ts';

/** What a log says of itself. */
type Head = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

/** A checkpoint as it was parsed: nobody vouches for it yet. */
export type ParsedCheckpoint = Head & { readonly note: ParsedNote };

/** A checkpoint that a known log signed and enough known witnesses cosigned. */
export type Checkpoint = Head & {
  /** Names of the witnesses whose cosignatures hold, with their time in seconds. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
  /** Keys whose signatures are there but of a type that cannot be verified here; they counted for nothing. */
  readonly unsupported: readonly string[];
};

/** Reads a signed checkpoint (L13); undefined for every spelling but the canonical one. */
export function parseCheckpoint(text: string): ParsedCheckpoint | undefined {
  const note = parseNote(text);
  if (!note) return undefined;
  const [origin = '', digits = '', base64 = '', end, ...rest] = note.text.split('\n');
  const root = fromBase64(base64);
  const size = Number(digits);
  if (origin === '' || end !== '' || rest.length > 0 || root?.length !== HASH) return undefined;
  if (!/^(0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(size)) return undefined;
  return { origin, size, root, note };
}

/**
 * Origin accepted, log signature, cosignatures, quorum: in this order, each with its own code (RC-6, RC-7, RC-8).
 * Lines of unknown keys are ignored, lines of known keys must hold (L17).
 */
export async function openCheckpoint(
  primitives: Primitives,
  { origin, size, root, note }: ParsedCheckpoint,
  trust: Trust,
): Promise<Result<Checkpoint>> {
  const unsupported: string[] = [];
  const logs = trust.logs.filter(({ name }) => name === origin);
  if (logs.length === 0)
    return fail('origin-unknown', `the trust file does not name a log with origin \`${origin}\``);
  let isSigned = false;
  for (const key of logs)
    for (const line of note.signatures.filter((signature) => isBy(key, signature))) {
      if (key.type === ML_DSA) unsupported.push(key.name);
      else if (await verifyLine(primitives, key, note.text, line)) isSigned = true;
      else
        return fail(
          'log-signature-invalid',
          `the signature of the log \`${origin}\` does not hold`,
        );
    }
  if (!isSigned)
    return fail('log-signature-missing', `no signature of the log \`${origin}\` by a trusted key`);
  const witnesses: { name: string; time: number }[] = [];
  for (const { name, key } of trust.witnesses)
    for (const line of note.signatures.filter((signature) => isBy(key, signature))) {
      if (key.type === ML_DSA) {
        unsupported.push(name);
        continue;
      }
      const verified = await verifyLine(primitives, key, note.text, line);
      if (!verified)
        return fail('cosignature-invalid', `the cosignature of witness \`${name}\` does not hold`);
      // a line that stands there twice must hold twice and counts once
      if (witnesses.every((witness) => witness.name !== name))
        witnesses.push({ name, time: verified.time ?? 0 });
    }
  if (!isEnough(trust.quorum, new Set(witnesses.map(({ name }) => name))))
    return fail(
      'quorum-not-met',
      `cosigned by ${witnesses.map(({ name }) => `\`${name}\``).join(', ') || 'no known witness'}; the trust file's quorum asks for more`,
    );
  return ok({ origin, size, root, witnesses, unsupported });
}
