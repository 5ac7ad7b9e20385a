import { fromBase64, fromUtf8 } from '../bytes.ts';
import { isObject, parseCanonical, type Json, type JsonObject } from '../json.ts';
import { HASH } from '../ledger/tree.ts';
import { parseCheckpoint, type ParsedCheckpoint } from '../note/checkpoint.ts';
import { fail, ok, type Result } from '../result.ts';

/** One entry a receipt claims is in the log. */
type ClaimedEntry = {
  readonly index: number;
  readonly text: string;
  readonly proof: readonly Uint8Array[];
};

/** A receipt as it was parsed: every byte has its place, none is proven. */
export type ParsedReceipt = {
  readonly entries: readonly ClaimedEntry[];
  /** Enrolments of the passkeys that signed (RC-13). */
  readonly directory: readonly ClaimedEntry[];
  readonly action: JsonObject | undefined;
  readonly view: JsonObject | undefined;
  readonly definition: JsonObject | undefined;
  readonly grant: string | undefined;
  readonly checkpoint: ParsedCheckpoint;
};

const MAX_RECEIPT = 16_000_000;
const HEADER = 'c2sp.org/tlog-proof@v1';

/** Takes a C2SP tlog-proof apart (RC-1…RC-4); one spelling only, so that no byte can change unnoticed. */
export function parseReceipt(text: string): Result<ParsedReceipt> {
  if (text.length > MAX_RECEIPT) return fail('receipt-malformed', 'longer than 16 MB');
  const split = text.indexOf('\n\n');
  const [header, extraLine = '', indexLine = '', ...hashes] = text.slice(0, split).split('\n');
  if (split < 0 || header !== HEADER)
    return fail('receipt-malformed', `the first line is not \`${HEADER}\``);
  const checkpoint = parseCheckpoint(text.slice(split + 2));
  if (!checkpoint)
    return fail('checkpoint-malformed', 'the checkpoint is not a signed note of a tree head');
  const index = /^index (0|[1-9]\d{0,15})$/.exec(indexLine)?.[1];
  const proof = readHashes(hashes);
  if (index === undefined || !proof)
    return fail('receipt-malformed', 'no `index` line, or a proof line that is not a hash');
  const bytes = extraLine.startsWith('extra ') ? fromBase64(extraLine.slice(6)) : undefined;
  const extra = bytes && parseCanonical(fromUtf8(bytes) ?? '');
  if (!isObject(extra))
    return fail('extra-malformed', 'the `extra` line is not base64 of canonical JSON');
  return readExtra(extra, { index: Number(index), lines: hashes }, checkpoint);
}

function readExtra(
  extra: JsonObject,
  last: { readonly index: number; readonly lines: readonly string[] },
  checkpoint: ParsedCheckpoint,
): Result<ParsedReceipt> {
  const { disclosures = {}, grant } = extra;
  const entries = readEntries(extra['entries']);
  const directory = extra['directory'] === undefined ? [] : readEntries(extra['directory']);
  const isKnown = hasOnly(extra, ['directory', 'disclosures', 'entries', 'grant', 'v']);
  if (!isKnown || extra['v'] !== 1 || !entries || !directory)
    return fail('extra-malformed', '`extra` does not have the members of version 1');
  if (!isObject(disclosures) || !hasOnly(disclosures, ['action', 'definition', 'view']))
    return fail(
      'extra-malformed',
      '`disclosures` has something else than an action, a view and a definition',
    );
  const { action, view, definition } = disclosures;
  const isShaped =
    (action === undefined || isObject(action)) &&
    (view === undefined || isObject(view)) &&
    (definition === undefined || isObject(definition)) &&
    (grant === undefined || typeof grant === 'string');
  if (!isShaped)
    return fail('extra-malformed', 'a disclosure is not an object, or a grant no text');
  const final = entries.at(-1);
  if (final?.index !== last.index || final.lines.join() !== last.lines.join())
    return fail('extra-malformed', 'the `index` and proof lines are not those of the last entry');
  return ok({ entries, directory, action, view, definition, grant, checkpoint });
}

const hasOnly = (object: JsonObject, names: readonly string[]): boolean =>
  Object.keys(object).every((name) => names.includes(name));

function readEntries(
  value: Json | undefined,
): readonly (ClaimedEntry & { readonly lines: readonly string[] })[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const entries = (value as readonly Json[]).map((item) => {
    if (!isObject(item) || Object.keys(item).join() !== 'entry,index,proof') return undefined;
    const { entry, index, proof } = item;
    const isCount = typeof index === 'number' && Number.isSafeInteger(index) && index >= 0;
    if (typeof entry !== 'string' || !isCount || !Array.isArray(proof)) return undefined;
    const lines = (proof as readonly Json[]).filter((line) => typeof line === 'string');
    const hashes = lines.length === proof.length ? readHashes(lines) : undefined;
    return hashes && { index, text: entry, proof: hashes, lines };
  });
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function readHashes(lines: readonly string[]): readonly Uint8Array[] | undefined {
  const hashes = lines.map((line) => fromBase64(line));
  return lines.length <= 64 && hashes.every((hash) => hash?.length === HASH)
    ? (hashes as readonly Uint8Array[])
    : undefined;
}
