import {
  canonical,
  createViewerMasker,
  hmac,
  NO_MASKING_POLICY,
  quoteClaim,
  visible,
  type Display,
  type Json,
  type MaskingPolicy,
} from '@countersign/core';

/** More than a claim ever shows; the rest is not worth masking. */
const MAX_CLAIM = 4_096;

/**
 * How private and hostile text becomes something a person may look at (R8, R9): masked, then made visible.
 * @param key fingerprints placeholders, so that equal values can be told from different ones and never be guessed
 * @param policy what reviewers see in clear, as it is at the moment
 */
export function createDisplay(
  key: Uint8Array,
  policy: () => MaskingPolicy = () => NO_MASKING_POLICY,
): Display {
  const masker = createViewerMasker(key, 'reviewer', policy);
  const text = (given: string): string => visible(masker().mask(given).text).text;
  const whole = (value: Json): string => {
    const bytes = typeof value === 'string' ? value : canonical(value);
    return `‹private·${bytes.length}·fp:${hmac(key, bytes).slice(0, 4)}›`;
  };
  return {
    text,
    claim: (given) => quoteClaim(masker().mask(given.slice(0, MAX_CLAIM)).text),
    json: (value, privateNames) => {
      const covered = isRecord(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, member]) => [
              name,
              privateNames.includes(name) ? whole(member) : (masker().maskValue(member) as Json),
            ]),
          )
        : (masker().maskValue(value) as Json);
      return expose(covered, text);
    },
  };
}

const isRecord = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** ATTACKER: where a record is open the agent picks the names too, so they are shown like any other text. */
function expose(value: Json, text: (given: string) => string): Json {
  if (typeof value === 'string') return visible(value).text;
  if (Array.isArray(value)) return value.map((item: Json) => expose(item, text));
  if (!isRecord(value)) return value;
  const out: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    // two names that look alike once masked must not hide one another
    let shown = text(name);
    while (Object.hasOwn(out, shown)) shown += "'";
    out[shown] = expose(member, text);
  }
  return out;
}
