import { ENVELOPE } from '../front/era.ts';
import type { Caller } from '../link.ts';
import type { Members, Request } from '../message.ts';
import type { Story } from '../parts.ts';
import { isMembers } from '../read-message.ts';
import type { Lanes } from './lanes.ts';
import type { FindResource } from './resources.ts';

/** What the parts of an aggregate share, for one request. */
export type Around = {
  readonly caller: Caller;
  readonly lanes: Lanes;
  readonly story: Story;
  readonly find: FindResource;
  /** The server a task of ours was made at. */
  readonly taskAt: (id: string) => string | undefined;
};

/** The members of an envelope that every request of ours repeats. */
export const envelopeOf = ({ params }: Request): Members => {
  const meta = params?.['_meta'];
  if (!isMembers(meta) || !Object.hasOwn(meta, ENVELOPE.version)) return {};
  const mine = Object.entries(meta).filter(([name]) => name.startsWith('io.modelcontextprotocol/'));
  return Object.fromEntries(mine);
};
