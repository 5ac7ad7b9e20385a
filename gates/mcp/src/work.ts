import type { HoldParts } from './hold/hold.ts';
import type { Kept } from './kept.ts';
import type { Members, Request } from './message.ts';
import type { OpenRuns } from './open-runs.ts';
import type { About, McpParts } from './parts.ts';
import type { Parted } from './parted.ts';
import type { Leg } from './run.ts';

/** What the parts of the story share. */
export type Work = McpParts &
  HoldParts & {
    readonly kept: Kept;
    readonly open: OpenRuns;
    readonly parted: Parted;
    /** Held calls whose task was cancelled: nobody waits for them here any more. */
    readonly left: Set<string>;
  };

/** One leg of a call by a client. */
export type Asked = {
  readonly request: Request;
  readonly about: About;
  /** The mount it was asked at: `about` may be another server's, where the call waits for one there. */
  readonly at: string;
  readonly tool: string;
  readonly arguments: Members;
  readonly leg: Leg;
  /** How many legs came before. */
  readonly turn: number;
};
