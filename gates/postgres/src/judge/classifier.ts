import type { CatalogFollower } from '../catalog/catalog.ts';
import type { Classified, Classify } from '../sql/facts.ts';
import { createGenerations, type Generations } from './generations.ts';

const MOST = 1_024;
/** Longer texts are seldom sent twice. */
const LONGEST = 16_384;

/** Before the first snapshot nothing is understood (R2). */
const BLIND: Classified = {
  is: 'refused',
  risk: 'unknown-stmt',
  message: 'the gate does not know this database yet',
};

/** Classifies by the newest catalog, and remembers what it found for texts seen lately. */
export function createClassifier(
  catalog: Pick<CatalogFollower, 'now'>,
  classify: Classify,
): (text: string) => Classified {
  let known: Generations<Classified> = createGenerations(MOST);
  let of: number | undefined;
  return (text) => {
    const now = catalog.now();
    if (!now) return BLIND;
    if (now.generation !== of) {
      known = createGenerations(MOST);
      of = now.generation;
    }
    const before = known.get(text);
    if (before) return before;
    const found = classify(text, now);
    return text.length > LONGEST ? found : known.set(text, found);
  };
}
