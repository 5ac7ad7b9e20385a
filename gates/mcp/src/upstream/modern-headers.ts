import type { Members, Notification, Request } from '../message.ts';
import { isMembers } from '../read-message.ts';
import { MODERN } from './server-said.ts';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const PLAIN = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
const PARAM = /^Mcp-Param-[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/i;

/** The same params with the envelope that every modern request carries; what the client said of itself stays as it is. */
export function enveloped(
  params: Members | undefined,
  client: { readonly name: string; readonly version: string; readonly capabilities: Members },
  version: string,
): Members {
  const meta = params?.['_meta'];
  const said = isMembers(meta) ? meta : {};
  if (VERSION in said && CLIENT_INFO in said && CAPABILITIES in said) return params ?? {};
  const { name, capabilities } = client;
  const own = {
    [VERSION]: version,
    [CLIENT_INFO]: { name, version: client.version },
    [CAPABILITIES]: capabilities,
  };
  return { ...params, _meta: { ...own, ...said } };
}

/** The headers that mirror a modern message, made from its body and never from what a client sent (SEP-2243). */
export function modernHeaders(
  { method, params }: Request | Notification,
  argumentsOf: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const meta = params?.['_meta'];
  const version = isMembers(meta) ? meta[VERSION] : undefined;
  const name = nameOf(method, params);
  const headers: Record<string, string> = {
    'mcp-protocol-version': headerValue(typeof version === 'string' ? version : MODERN),
    'mcp-method': headerValue(method),
    ...(name === undefined ? {} : { 'mcp-name': headerValue(name) }),
  };
  for (const [param, value] of Object.entries(argumentsOf))
    if (PARAM.test(param) && PLAIN.test(value)) headers[param.toLowerCase()] = value;
  return headers;
}

/** What `Mcp-Name` mirrors, by method. */
function nameOf(method: string, params: Members = {}): string | undefined {
  const value =
    method === 'tools/call' || method === 'prompts/get'
      ? params['name']
      : method === 'resources/read'
        ? params['uri']
        : method.startsWith('tasks/')
          ? params['taskId']
          : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A text as a header value: as it is where every reader reads it alike, else Base64 of its UTF-8. */
export function headerValue(value: string): string {
  const isPlain = PLAIN.test(value) && !/^=\?base64\?.*\?=$/.test(value);
  return isPlain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}
