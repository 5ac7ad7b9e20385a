import { canonical } from '../canonical.ts';
import { sha256, type Digest } from '../crypto.ts';
import type { ToolDefinition } from './definition.ts';
import { diffTools, type ToolChange } from './diff.ts';
import type { WhySuspended } from './event.ts';
import type { KnownPin } from './registry.ts';
import { suspicionsIn, type Suspicion } from './suspicious.ts';

/** What a person reviews: where a pin stands, and how its definition differs from what was accepted last. Complete. */
export type ToolView = {
  readonly v: 1;
  readonly server: string;
  readonly tool: string;
  readonly pin: Digest;
  readonly standing: KnownPin['standing'];
  readonly because?: WhySuspended;
  readonly was?: Digest;
  readonly changes: readonly ToolChange[];
  readonly suspicions: readonly Suspicion[];
};

type Matter = {
  readonly server: string;
  readonly tool: string;
  readonly known: KnownPin;
  readonly definition: ToolDefinition;
  readonly was?: { readonly pin: Digest; readonly definition: ToolDefinition };
  /** Names of all tools of the server. */
  readonly names: Iterable<string>;
};

/** The view of a pin. Everything in it is shown as it is: nothing hidden is left (R8). */
export const viewTool = ({ server, tool, known, definition, was, names }: Matter): ToolView => ({
  v: 1,
  server,
  tool,
  pin: known.pin,
  standing: known.standing,
  ...(known.because === undefined ? {} : { because: known.because }),
  ...(was ? { was: was.pin } : {}),
  changes: diffTools(was?.definition, definition),
  suspicions: suspicionsIn(definition, names),
});

/** What a review is bound to: the digest of the view that the person had in front of them. */
export const digestToolView = (view: ToolView): Digest => sha256(canonical(view));
