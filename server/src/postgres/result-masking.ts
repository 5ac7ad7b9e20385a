import { createMasker, type MaskingPolicy } from '@countersign/core';
import { createResultMasking, type ResultMasking } from '@countersign/gate-postgres';

/** Masks what agents see by the masking policy of the moment. Permissions end with a policy, so none goes on with an old mask. */
export function followResultMasking(key: Uint8Array, policy: () => MaskingPolicy): ResultMasking {
  let of: MaskingPolicy | undefined;
  let made: ResultMasking | undefined;
  const current = (): ResultMasking => {
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
  return {
    rows: (result) => current().rows(result),
    report: (message, facts) => current().report(message, facts),
    notification: (message) => current().notification(message),
  };
}
