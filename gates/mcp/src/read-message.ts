import { err, ok, parseJson, type Json, type JsonRefusal, type Result } from '@countersign/core';
import type { Id, Members, Message, Received, Response } from './message.ts';

/** Why a text is no JSON-RPC message we take: the code to answer with, in words, and the id where one could be read. */
export type Unread = {
  readonly code: -32700 | -32600;
  readonly message: string;
  readonly id?: Id;
  /** The error of a response that names no request (JSON-RPC 2.0 §5.1), for where it is clear which one it is about. */
  readonly error?: Extract<Response, { error: unknown }>['error'];
};

/** What a body holds: one message, or (until 2025-03-26) a batch of them. */
export type Body = { readonly isBatch: boolean; readonly messages: readonly Received[] };

const MAX_DEPTH = 128;
const MAX_ID = 1_024;
const MAX_METHOD = 256;
const MAX_BATCH = 100;

/** Whether a JSON value is an object. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value may be the id of an MCP request: never null, never a fraction. */
export const isId = (value: unknown): value is Id =>
  Number.isSafeInteger(value) || (typeof value === 'string' && value.length <= MAX_ID);

/**
 * Reads one JSON-RPC message as MCP allows it, keeping its exact text. Refuses what two readers could read differently
 * (doubled members, rounded numbers, a message that is request and response at once), from either side.
 */
export function readMessage(text: string): Result<Received, Unread> {
  const parsed = parseJson(text, MAX_DEPTH);
  if (!parsed.ok) {
    return err(notJson(parsed.error));
  }
  if (Array.isArray(parsed.value)) return invalid('batches are not part of this protocol version');
  const read = readValue(parsed.value);
  return read.ok ? ok({ message: read.value, text }) : read;
}

/** Reads a body that may be a batch; only the transport of 2025-03-26 has them. */
export function readBody(text: string): Result<Body, Unread> {
  const isBatch = /^[ \t\r\n]*\[/.test(text);
  if (!isBatch) {
    const read = readMessage(text);
    return read.ok ? ok({ isBatch, messages: [read.value] }) : read;
  }
  const parsed = parseJson(text, MAX_DEPTH + 1);
  if (!parsed.ok) return err(notJson(parsed.error));
  const all = parsed.value as readonly Json[];
  if (all.length === 0) return invalid('the batch is empty');
  if (all.length > MAX_BATCH) return invalid(`more than ${MAX_BATCH} messages in a batch`);
  const messages: Received[] = [];
  for (const one of all) {
    const read = readValue(one);
    if (!read.ok) return read;
    messages.push({ message: read.value, text: JSON.stringify(one) });
  }
  return ok({ isBatch, messages });
}

/** ATTACKER: what is said of a text repeats nothing of it, not even the name of a member. */
function notJson({ message, offset }: JsonRefusal): Unread {
  const what = message.startsWith('duplicate member') ? 'a member is doubled' : message;
  return { code: -32700, message: `not JSON we take: ${what} (at ${offset})` };
}

const invalid = (message: string, id?: Id): { readonly ok: false; readonly error: Unread } =>
  err({ code: -32600, message, ...(id === undefined ? {} : { id }) });

function readValue(value: Json): Result<Message, Unread> {
  if (!isMembers(value)) return invalid('a message is an object');
  const id = isId(value['id']) ? value['id'] : undefined;
  if (value['jsonrpc'] !== '2.0') return invalid('`jsonrpc` is not "2.0"', id);
  const isCall = 'method' in value;
  const isAnswer = 'result' in value || 'error' in value;
  if (isCall === isAnswer)
    return invalid(
      isCall ? 'a message is either called or answered' : 'neither `method` nor `result`',
      id,
    );
  return isCall ? readCall(value, id) : readAnswer(value, id);
}

function readCall(value: Members, id: Id | undefined): Result<Message, Unread> {
  const { method, params } = value;
  if (typeof method !== 'string' || method === '' || method.length > MAX_METHOD)
    return invalid(`\`method\` is not a text of 1 to ${MAX_METHOD} characters`, id);
  if ('params' in value && !isMembers(params)) return invalid('`params` is not an object', id);
  if ('id' in value && id === undefined)
    return invalid('`id` is not a whole number or a short text');
  // INVARIANT: checked member by member above; the message keeps what else it carries
  return ok(value as unknown as Message);
}

function readAnswer(value: Members, id: Id | undefined): Result<Message, Unread> {
  if ('result' in value && 'error' in value) return invalid('both `result` and `error`', id);
  const { result, error } = value;
  if ('result' in value && !isMembers(result)) return invalid('`result` is not an object', id);
  if ('error' in value && !isRpcError(error))
    return invalid('`error` is not an object with a whole `code` and a `message`', id);
  if (id !== undefined) return ok(value as unknown as Message);
  const named = 'an answer without the id of a request';
  return isRpcError(error)
    ? err({ code: -32600, message: named, error: error as NonNullable<Unread['error']> })
    : invalid(named);
}

const isRpcError = (value: Json | undefined): boolean =>
  isMembers(value) && Number.isSafeInteger(value['code']) && typeof value['message'] === 'string';

/**
 * The same response under another id, its other bytes untouched where the id stands first or last (as the SDKs write it).
 */
export function withId(received: Received<Response>, id: Id): Received<Response> {
  const { message, text } = received;
  if (message.id === id) return received;
  const renamed = { ...message, id };
  const [old, now] = [JSON.stringify(message.id), JSON.stringify(id)];
  for (const head of [`{"jsonrpc":"2.0","id":${old},`, `{"id":${old},`])
    if (text.startsWith(head))
      return {
        message: renamed,
        text: `${head.slice(0, -old.length - 1)}${now},${text.slice(head.length)}`,
      };
  // valid JSON that ends so has the id as the last member of the outermost object
  const tail = `,"id":${old}}`;
  if (text.endsWith(tail))
    return { message: renamed, text: `${text.slice(0, -tail.length)},"id":${now}}` };
  return { message: renamed, text: JSON.stringify(renamed) };
}
