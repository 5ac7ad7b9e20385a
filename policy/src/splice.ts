import type { Cedar, PolicyJson } from './cedar.ts';
import { headOf, type Piece } from './source.ts';

/**
 * A policy's source with its effect turned to `forbid`, proven by parsing it again: nothing but the effect differs.
 * Source is spliced, never printed from JSON, which would change integers beyond 2^53. Undefined where the proof fails.
 */
export function asForbid(cedar: Cedar, piece: Piece, json: PolicyJson): string | undefined {
  const { effect } = headOf(piece.tokens);
  if (effect?.text !== json.effect) return undefined;
  const spliced = `${piece.text.slice(0, effect.at)}forbid${piece.text.slice(effect.at + effect.text.length)}`;
  const back = cedar.policyToJson(spliced);
  // both come from one serialiser, so equal policies are equal texts
  const isProven =
    back.type === 'success' &&
    JSON.stringify(back.json) === JSON.stringify({ ...json, effect: 'forbid' });
  return isProven ? spliced : undefined;
}
