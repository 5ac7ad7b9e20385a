import { maskedPaths, valueAt } from './action/masked.ts';
import type { RevealRefusal } from './approval/command.ts';
import { change } from './change.ts';
import type { Person } from './directory.ts';
import type { ActionId } from './ids.ts';
import type { Json } from './json.ts';
import type { Parts } from './parts.ts';
import { opened, shown } from './release.ts';
import { err, ok, type Result } from './result.ts';

/** A person's wish to see one masked value, and why. */
export type Reveal = {
  readonly actionId: ActionId;
  /** JSON pointer (RFC 6901) into the arguments; empty for all of them. */
  readonly path: string;
  readonly reason: string;
};

// ATTACKER: a stream is read whole for every decision; looking at it without end must not make deciding slow
const MOST_ENTRIES = 500;

/** Paths of the arguments that reviewers are shown masked; none once they are erased. */
export async function revealable(parts: Parts, stream: string): Promise<readonly string[]> {
  const [payload, view] = await Promise.all([opened(parts, stream), shown(parts, stream)]);
  return payload && view ? maskedPaths(view.action.arguments, payload.action.arguments) : [];
}

/** The value at a path of the arguments, recorded before it is handed out (R1); whether the person may see it is for the caller to know. */
export async function revealed(
  parts: Parts,
  person: Person,
  { actionId: stream, path, reason }: Reveal,
): Promise<Result<Json, RevealRefusal | 'busy' | 'overloaded' | 'erased'>> {
  const payload = await opened(parts, stream);
  if (!payload) return err('erased');
  const { action, presentational } = payload;
  const value = valueAt({ ...presentational, ...action.arguments }, path);
  if (value === undefined) return err('not-found');
  const event = {
    type: 'action.revealed',
    at: parts.clock(),
    by: person.id,
    path: parts.display.text(path.slice(0, 500)),
    reason: parts.display.text(reason.slice(0, 500)),
  } as const;
  const told = await change<RevealRefusal>(
    parts.store,
    stream,
    (_, version) => {
      if (version >= MOST_ENTRIES) return err('revealed-too-often');
      if (parts.directory().person(person.id)?.active !== true) return err('inactive-person');
      return ok({ events: [event] });
    },
    parts.settings,
  );
  return told.ok ? ok(value) : told;
}
