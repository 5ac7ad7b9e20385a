import { canonical, NotCanonical } from '../canonical.ts';
import { sha256, type Digest } from '../crypto.ts';
import type { Json } from '../json.ts';
import { visible } from '../masking/visible.ts';
import { err, ok, type Result } from '../result.ts';

/** A tool as a server defines it. ATTACKER: the server wrote every member of it. */
export type ToolDefinition = { readonly [member: string]: Json };

/** What a model reads of a tool, and what its calls are held to: the members a pin commits to. */
const PINNED = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
  '_meta',
] as const;

const MAX_DEFINITION_BYTES = 131_072;
const MAX_LISTING_BYTES = 8_388_608;
const MAX_NAME = 128;
/** So that it still has a canonical form within what it is part of. */
const MAX_DEPTH = 48;

/** A definition with its pin. `text` is the canonical JSON that the pin is the SHA-256 of (L39). */
export type PinnedTool = { readonly name: string; readonly pin: Digest; readonly text: string };

/** Why a definition has no pin; such a tool is neither listed nor called. */
export type Unpinnable = 'bad-name' | 'too-large' | 'invalid';

/** Pins a definition: SHA-256 over JCS of those of its members that matter. */
export function pinOf(definition: ToolDefinition): Result<PinnedTool, Unpinnable> {
  const { name, title, description, inputSchema } = definition;
  if (typeof name !== 'string' || !isPlainName(name)) return err('bad-name');
  const isShaped = isText(title) && isText(description) && isRecord(inputSchema);
  if (!isShaped || !isWithin(definition, MAX_DEPTH)) return err('invalid');
  const text = canonicalOf(definition);
  if (text === undefined) return err('invalid');
  if (Buffer.byteLength(text) > MAX_DEFINITION_BYTES) return err('too-large');
  return ok({ name, pin: sha256(text), text });
}

/** R8: a name that hides something, or passes for another, names nothing. */
const isPlainName = (name: string): boolean =>
  name !== '' && name.length <= MAX_NAME && !/\s/.test(name) && visible(name).text === name;

const isText = (value: Json | undefined): boolean =>
  value === undefined || typeof value === 'string';

const isRecord = (value: Json | undefined): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));

/** ATTACKER: nested as deep as the parser let it be, so the descent ends by itself. */
const isWithin = (value: Json, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((one: Json) => isWithin(one, depth - 1)));

function canonicalOf(definition: ToolDefinition): string | undefined {
  const members = PINNED.filter(
    (member) => Object.hasOwn(definition, member) && definition[member] !== undefined,
  );
  try {
    return canonical(Object.fromEntries(members.map((member) => [member, definition[member]])));
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}

/**
 * Pins what a server lists. What cannot be pinned is left out, what is beyond 8 MB, and every tool whose name another one has too: nobody could
 * say which of them is called.
 */
export function pinsOf(listed: readonly ToolDefinition[]): readonly PinnedTool[] {
  const times = new Map<string, number>();
  for (const { name } of listed)
    if (typeof name === 'string') times.set(name, (times.get(name) ?? 0) + 1);
  let room = MAX_LISTING_BYTES;
  return listed.flatMap((definition) => {
    const pinned = pinOf(definition);
    if (!pinned.ok || times.get(pinned.value.name) !== 1) return [];
    room -= pinned.value.text.length;
    return room < 0 ? [] : [pinned.value];
  });
}
