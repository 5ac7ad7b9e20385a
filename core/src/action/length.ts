import { canonical } from '../canonical.ts';
import type { View } from './view.ts';

type Readable = Pick<View, 'headline' | 'action' | 'details' | 'why' | 'claim' | 'said'>;

/**
 * How much there is to read in a view (L38): characters of its headline, details, arguments, reasons and what the agent
 * says. Digests, ids and names of groups are recognized, not read.
 */
export function lengthOf({ headline, action, details, why, claim = '', said }: Readable): number {
  const texts = [
    headline,
    canonical(action.arguments),
    ...details.flatMap(({ label, value }) => [label, value]),
    ...why.map(({ text }) => text),
    claim,
    said === undefined ? '' : canonical(said),
  ];
  return texts.reduce((sum, text) => sum + text.length, 0);
}
