import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@countersign/core';
import { membersOf } from './members.ts';
import type { Members, Received } from './message.ts';
import type { Mask } from './parts.ts';

/** Members that say how to read a message, or are not text: identifiers, addresses, encoded bytes, schemas. */
const KEPT: ReadonlySet<string> = new Set([
  'type',
  'role',
  'uri',
  'url',
  'mimeType',
  'blob',
  'annotations',
  'method',
  'mode',
  'resultType',
  'requestState',
  'requestedSchema',
  'inputSchema',
  'outputSchema',
  'progressToken',
  'elicitationId',
  'taskId',
  'level',
  'logger',
  'icons',
]);
/** Members whose names are data too: what stands under `password` is private whatever it looks like. */
const DATA: ReadonlySet<string> = new Set(['structuredContent', 'arguments', 'input']);
const BYTES: ReadonlySet<unknown> = new Set(['image', 'audio']);

/** A message's content with private values replaced; the same object where there are none. */
export function maskContent<T extends Json>(value: T, mask: Mask): T {
  return walk(value, mask) as T;
}

function walk(value: Json, mask: Mask): Json {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return walkList(value, mask);
  const members = membersOf(value);
  if (!members) return value;
  let out: Record<string, Json> | undefined;
  for (const name of Object.keys(members)) {
    const member = members[name] as Json;
    if (isKept(members, name)) continue;
    const masked = DATA.has(name) ? mask(member) : walk(member, mask);
    if (masked === member) continue;
    out ??= { ...members };
    out[name] = masked; // its own already, whatever it is called
  }
  return consistent(members, out ?? members);
}

function walkList(values: readonly Json[], mask: Mask): readonly Json[] {
  let out: Json[] | undefined;
  values.forEach((value, i) => {
    const masked = walk(value, mask);
    if (masked !== value) (out ??= [...values])[i] = masked;
  });
  return out ?? values;
}

const isKept = (members: Members, name: string): boolean =>
  KEPT.has(name) ||
  name.startsWith('io.modelcontextprotocol/') ||
  (name === 'data' && BYTES.has(members['type']));

/** A text that is the structured content once more is written from the masked one, so that both say the same. */
function consistent(before: Members, after: Members): Members {
  const { structuredContent: said, content } = before;
  const masked = after['structuredContent'];
  if (said === undefined || masked === undefined || masked === said || !Array.isArray(content))
    return after;
  const shown = after['content'] as readonly Json[];
  return {
    ...after,
    content: (content as readonly Json[]).map((part, i) => {
      const text = membersOf(part)?.['text'];
      const part2 = membersOf(shown[i]);
      return typeof text === 'string' && part2 && isSameJson(text, said)
        ? { ...part2, text: JSON.stringify(masked, null, indentOf(text)) }
        : (shown[i] ?? null);
    }),
  };
}

function isSameJson(text: string, value: Json): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    return isDeepStrictEqual(JSON.parse(text), value);
  } catch {
    return false;
  }
}

const indentOf = (text: string): number => /^\s*[[{]\n( *)/.exec(text)?.[1]?.length ?? 0;

/** Which of a server's own messages hold content: what it asks of a client, and what it tells. */
const TELLING: ReadonlySet<string> = new Set([
  'sampling/createMessage',
  'elicitation/create',
  'notifications/message',
  'notifications/progress',
  'notifications/tasks/status',
  'notifications/tasks',
]);

/** A request or notification of a server as it goes down: byte for byte as it came where nothing is masked. */
export function maskMessage(received: Received, mask: Mask): Received {
  const { message } = received;
  if (!('method' in message) || !TELLING.has(message.method) || !message.params) return received;
  // the data of a log message is free JSON: names count
  const params =
    message.method === 'notifications/message'
      ? maskLog(message.params, mask)
      : maskContent(message.params, mask);
  if (params === message.params) return received;
  const masked = { ...message, params };
  return { message: masked, text: JSON.stringify(masked) };
}

function maskLog(params: Members, mask: Mask): Members {
  const { data } = params;
  const masked = data === undefined ? undefined : mask(data);
  return masked === data || masked === undefined ? params : { ...params, data: masked };
}
