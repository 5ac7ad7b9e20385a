import type { Refusal } from './approval/command.ts';
import { change } from './change.ts';
import type { Person } from './directory.ts';
import type { ApprovalId } from './ids.ts';
import type { Json } from './json.ts';
import type { Parts } from './parts.ts';
import { opened } from './release.ts';
import { err, ok, type Result } from './result.ts';

/** A person's wish to see one masked value, and why. */
export type Reveal = {
  readonly approvalId: ApprovalId;
  /** JSON pointer (RFC 6901) into the arguments. */
  readonly path: string;
  readonly reason: string;
};

/** The value at a path of the arguments, recorded before it is handed out (R1); whether the person may see it is for the caller to know. */
export async function revealed(
  parts: Parts,
  person: Person,
  { approvalId, path, reason }: Reveal,
): Promise<Result<Json, Refusal | 'busy' | 'overloaded' | 'erased'>> {
  const stream = await parts.store.byApproval(approvalId);
  const payload = stream && (await opened(parts, stream));
  if (!stream) return err('not-found');
  if (!payload) return err('erased');
  const { action, presentational } = payload;
  const value = at({ ...presentational, ...action.arguments }, path);
  if (value === undefined) return err('not-found');
  const event = {
    type: 'action.revealed',
    at: parts.clock(),
    by: person.id,
    path: parts.display.text(path.slice(0, 500)),
    reason: parts.display.text(reason.slice(0, 500)),
  } as const;
  const told = await change<never>(
    parts.store,
    stream,
    () => ok({ events: [event] }),
    parts.settings,
  );
  return told.ok ? ok(value) : told;
}

/** What an RFC 6901 pointer leads to; own members and items only. */
function at(value: Json, pointer: string): Json | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  let here: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    if (Array.isArray(here) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    here = (here as Readonly<Record<string, Json>>)[name];
  }
  return here;
}
