import type { Json } from '@countersign/core';
import type { Members, Request } from '../message.ts';
import { isMembers } from '../read-message.ts';
import { paramHeadersOf } from '../param-headers.ts';
import { CODES, refusal, type Refusal } from './refusal.ts';

/** Headers of a request by their names in small letters, as `node:http` tells them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One header's text; undefined where it is not there. */
export const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value.replace(/^[\t ]+|[\t ]+$/g, '') : value?.join(', ');
};

/** Which member of its params a request is named by, for `Mcp-Name`. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** What `Mcp-Name` of a request has to say; undefined where it says nothing. */
function nameIn({ method, params }: Pick<Request, 'method' | 'params'>): string | undefined {
  const member = Object.hasOwn(NAMED_BY, method) ? NAMED_BY[method] : undefined;
  const value = member === undefined ? undefined : params?.[member];
  return typeof value === 'string' ? value : undefined;
}

/** Headers say what the body says, or somebody on the way believes something else than is judged here. */
export const disagree = (header: string, why: string, id: Refusal['id'] = null): Refusal =>
  refusal(400, CODES.headerMismatch, `headers and body disagree: ${why}`, {
    id,
    data: { mismatch: { header, body: why } },
  });

/** Checks the headers that every modern request carries; `version` is the one its body names. */
export function checkStandard(
  request: Request,
  headers: Headers,
  version: string,
): Refusal | undefined {
  const { id, method } = request;
  const missing = (header: string): Refusal => disagree(header, `\`${header}\` is missing`, id);
  if (headerOf(headers, 'mcp-protocol-version') !== version) {
    const isThere = headerOf(headers, 'mcp-protocol-version') !== undefined;
    return isThere
      ? disagree('MCP-Protocol-Version', `the body names version ${version}`, id)
      : missing('MCP-Protocol-Version');
  }
  const said = headerOf(headers, 'mcp-method');
  if (said === undefined) return missing('Mcp-Method');
  if (said !== method) return disagree('Mcp-Method', 'the body names another method', id);
  const name = nameIn(request);
  const given = headerOf(headers, 'mcp-name');
  if (given === undefined) return name === undefined ? undefined : missing('Mcp-Name');
  if (!Object.hasOwn(NAMED_BY, method)) return undefined;
  const decoded = decodeValue(given);
  if (decoded === undefined) return disagree('Mcp-Name', 'its Base64 is not canonical', id);
  if (name !== undefined && decoded !== name)
    return disagree('Mcp-Name', 'the body names something else', id);
  return undefined;
}

/** Checks `Mcp-Param-*` against the arguments: what the schema declares and the body has must be in the header. */
export function checkParams(
  request: Request,
  headers: Headers,
  definition: Members,
): Refusal | undefined {
  const args = request.params?.['arguments'];
  for (const { path, name: header } of paramHeadersOf(definition) ?? []) {
    const name = `Mcp-Param-${header}`;
    const value = at(args, path);
    const text = textOf(value);
    if (text === undefined) continue;
    const given = headerOf(headers, name.toLowerCase());
    if (given === undefined) return disagree(name, `\`${name}\` is missing`, request.id);
    const decoded = decodeValue(given);
    if (decoded === undefined) return disagree(name, 'its Base64 is not canonical', request.id);
    if (decoded !== text && !(typeof value === 'number' && isSameNumber(decoded, text)))
      return disagree(name, 'the arguments have another value', request.id);
  }
  return undefined;
}

const at = (root: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (node, name) => (isMembers(node) && Object.hasOwn(node, name) ? node[name] : undefined),
    root,
  );

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

const isSameNumber = (one: string, other: string): boolean =>
  /^-?\d+(\.\d+)?$/.test(one) && Number(one) === Number(other);

const CODED = /^=\?base64\?(.*)\?=$/s;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The value in a header; undefined for Base64 that is written in another than the one canonical way, or is no UTF-8. */
function decodeValue(given: string): string | undefined {
  const coded = CODED.exec(given)?.[1];
  if (coded === undefined) return given;
  if (!BASE64.test(coded)) return undefined;
  const bytes = Buffer.from(coded, 'base64');
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return bytes.toString('base64') === coded ? text : undefined;
  } catch {
    return undefined;
  }
}
