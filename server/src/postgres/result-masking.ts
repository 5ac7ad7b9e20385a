import { createMasker, type MaskingPolicy } from '@countersign/core';
import { createResultMasking, type ResultMasking } from '@countersign/gate-postgres';

/** What masks for agents by the masking policy of the moment: another one for another policy, since sessions remember masks by it. */
export function followResultMasking(
  key: Uint8Array,
  policy: () => MaskingPolicy,
): () => ResultMasking {
  let of: MaskingPolicy | undefined;
  let made: ResultMasking | undefined;
  return () => {
    const now = policy();
    if (made && of === now) return made;
    const { custom, viewers } = now;
    of = now;
    made = createResultMasking({
      masker: (clear) => createMasker({ key, custom, unmasked: clear }),
      shown: () => viewers.agent,
    });
    return made;
  };
}
