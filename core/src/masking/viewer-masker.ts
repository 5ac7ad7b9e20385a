import { createMasker, type Masker } from './masker.ts';
import type { DataClasses } from './class.ts';
import type { MaskingPolicy, Viewer } from './viewers.ts';

/** Makes what gives the masker of one viewer by the policy of the moment; a new one only when the policy is another. */
export function createViewerMasker(
  key: Uint8Array,
  viewer: Viewer,
  policy: () => MaskingPolicy,
  /** Classes that are in clear besides. */
  besides: readonly DataClasses[] = [],
): () => Masker {
  let of: MaskingPolicy | undefined;
  let masker = createMasker({ key, unmasked: besides });
  return () => {
    const now = policy();
    if (now === of) return masker;
    of = now;
    masker = createMasker({
      key,
      custom: now.custom,
      unmasked: [...now.viewers[viewer], ...besides],
    });
    return masker;
  };
}
