import { isAmong } from './class.ts';
import { createFingerprint } from './fingerprint.ts';
import { formsOf } from './known.ts';
import { DEFAULT_RULES, isKept, withCustom, type MaskerOptions } from './masker.ts';
import { createWriter, divide, type Found } from './pieces.ts';
import { createScan, LOOK_BACK, type Claim } from './scan.ts';

/** Masks output as it comes: any division into chunks gives the text that masking the whole `asWritten` would give. */
export type StreamMasker = {
  /** What of the text so far is safe to show. */
  readonly write: (chunk: string) => string;
  /** The rest. */
  readonly end: () => string;
  readonly found: () => readonly Found[];
};

export type StreamMaskerOptions = Omit<MaskerOptions, 'asWritten'> & {
  /** Chunks are bytes, one character each (latin1), so that output that is no text passes unharmed. */
  readonly bytes?: boolean;
};

/** Emitted text that is kept so that rules can look back over it. */
const CONTEXT = 2 * LOOK_BACK;

/**
 * Makes a masker of one stream of output. It also masks the `known` values in the forms encoders give them.
 * Memory is bounded by the longest rule or value; time is linear.
 */
export function createStreamMasker(options: StreamMaskerOptions): StreamMasker {
  const {
    key,
    rules = DEFAULT_RULES,
    custom = [],
    known = [],
    unmasked = [],
    bytes = false,
  } = options;
  const isOpen = isKept((name) => !isAmong(name, unmasked));
  const scan = createScan(
    withCustom(rules, custom),
    known.flatMap((value) => formsOf(value, bytes)),
  );
  const writer = createWriter(createFingerprint(key), bytes);
  let text = '';
  let shown = 0; // all before is emitted
  let scanned = 0; // all triggers before are decided
  let open: Claim[] = []; // what they claim and is not emitted yet

  const advance = (isWhole: boolean): string => {
    scanned = scan(
      text,
      { from: scanned, to: Math.max(scanned, isWhole ? text.length : lastWord(text)), isWhole },
      open,
    );
    if (unmasked.length > 0) open = open.filter(isOpen);
    const pieces = divide(open);
    const wanted = isWhole ? text.length : Math.max(shown, beforeWord(text, scanned));
    // a piece is emitted whole: its placeholder measures it
    const cut = pieces.find(({ start, end }) => start < wanted && end > wanted)?.start ?? wanted;
    const out = writer.write(
      text,
      shown,
      cut,
      pieces.filter(({ end }) => end <= cut),
    );
    open = open
      .filter(({ end }) => end > cut)
      .map((claim) => ({ ...claim, start: Math.max(claim.start, cut) }));
    shown = cut;
    forget(Math.max(0, Math.min(shown, scanned) - CONTEXT));
    return out;
  };
  const forget = (count: number): void => {
    text = text.slice(count);
    shown -= count;
    scanned -= count;
    open = open.map((claim) => ({ ...claim, start: claim.start - count, end: claim.end - count }));
  };
  return {
    write: (chunk) => {
      text += chunk;
      return advance(false);
    },
    end: () => advance(true),
    found: writer.found,
  };
}

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 9 || code === 13;

/** Start of the word that `at` lies in, at most `LOOK_BACK` before: no claim of a later trigger begins earlier. */
function beforeWord(text: string, at: number): number {
  if (isSpace(text.charCodeAt(at))) return at; // triggers that begin with white space do not look back
  let start = at;
  while (start > 0 && at - start < LOOK_BACK && !isSpace(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where triggers may still be incomplete: the white space before the last word (a keyword may begin with it). */
function lastWord(text: string): number {
  const start = beforeWord(text, text.length);
  return start > 0 && isSpace(text.charCodeAt(start - 1)) ? start - 1 : start;
}
