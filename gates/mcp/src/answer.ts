import type { Era, Id, Members, Message, Received, Response, RpcError } from './message.ts';
import type { Answered } from './parts.ts';

/** What a response says, whoever asked. */
export type Body = { readonly result: Members } | { readonly error: RpcError };

const INVALID_PARAMS = -32_602;
const INTERNAL = -32_603;

/** A message of our own as it goes out. */
export const written = <M extends Message>(message: M): Received<M> => ({
  message,
  text: JSON.stringify(message),
});

/** Answers a request with this. */
export const answered = (id: Id, body: Body): Extract<Answered, { is: 'answered' }> => ({
  is: 'answered',
  response: written<Response>({ jsonrpc: '2.0', id, ...body }),
});

/** A result as the era wants it: the modern one says what kind it is. */
export const complete = (era: Era, result: Members): Body => ({
  result: era === 'modern' ? { resultType: 'complete', ...result } : result,
});

/** The request is not one that can be answered. */
export const invalid = (message: string): Body => ({ error: { code: INVALID_PARAMS, message } });

/** Something else than the request was wrong. */
export const broken = (message: string): Body => ({ error: { code: INTERNAL, message } });
