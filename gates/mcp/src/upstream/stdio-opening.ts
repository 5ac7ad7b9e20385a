import type { Opening, ServerSaid } from '../link.ts';
import type { Request } from '../message.ts';
import type { Running } from './children.ts';
import { initializeParams } from './legacy-http.ts';
import { enveloped } from './modern-headers.ts';
import { GATE, otherVersion } from './modern-http.ts';
import { MODERN, ofDiscover, ofInitialize } from './server-said.ts';

const NOBODY = { signal: new AbortController().signal, event: () => {} };
const DISCOVER_MS = 20_000;
// a package runner may fetch the program first
const INITIALIZE_MS = 120_000;

/** Asks a fresh child which modern versions it speaks; `none` where it does not answer, as many older ones do not. */
export async function discover(
  { talk }: Pick<Running, 'talk'>,
  version: string = MODERN,
): Promise<ServerSaid | 'none'> {
  const params = enveloped(undefined, GATE, version);
  const request: Request = { jsonrpc: '2.0', id: 0, method: 'server/discover', params };
  const reply = await talk.request(request, NOBODY, DISCOVER_MS);
  if (reply.is !== 'answered') return 'none';
  const { message } = reply.response;
  if ('result' in message) return ofDiscover(message.result) ?? 'none';
  const other = otherVersion(message.error.data);
  return other === undefined || other === version ? 'none' : discover({ talk }, other);
}

/** Initializes a fresh child for a client. */
export async function initialize(
  { talk }: Pick<Running, 'talk'>,
  opening: Opening,
): Promise<ServerSaid | { readonly why: string; readonly isRefusal: boolean }> {
  const params = initializeParams(opening);
  const request: Request = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  const reply = await talk.request(request, NOBODY, INITIALIZE_MS);
  if (reply.is !== 'answered')
    return { why: 'why' in reply ? reply.why : 'no answer', isRefusal: false };
  const { message } = reply.response;
  if ('error' in message) return { why: 'the server refuses to begin a session', isRefusal: true };
  const why = 'the answer to `initialize` is not one of the protocol';
  return ofInitialize(message.result) ?? { why, isRefusal: false };
}
