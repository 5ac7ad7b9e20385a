import type { Digest } from '../crypto.ts';

/** What exactly was in front of whoever answered: goes into the vote (D1, EV-21). */
export type Shown = {
  /** Renderer and its version, such as `slack/1`. */
  readonly renderer: string;
  /** SHA-256 over the JCS bytes of what was rendered, without its buttons. */
  readonly digest: Digest;
  /** False when anything of the action was left out or shortened. */
  readonly complete: boolean;
};
